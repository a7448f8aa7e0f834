"""Raw points: none overwrites another, whatever the clock says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from loadhost import RequestSample
from loadhost_influx._points import Run
from loadhost_influx._samples import Samples

RUN = Run.of("R", "shop", ())


def lines(samples):
    written = []
    Samples(RUN, 1.0, written.extend).loadhost_samples(samples)
    return written


def sample(start_time, name="/a", error=None):
    return RequestSample("GET", name, 5.0, 4.0, 10, error, start_time, None, 2)


def test_a_point_has_both_times_and_the_error_as_a_field():
    (line,) = lines([sample(1000.5, error='it\'s "out"')])
    assert line == (
        "loadhost_samples,method=GET,name=/a,outcome=failed,run=R,test=shop,worker=2 "
        'response_ms=5.0,service_ms=4.0,bytes=10.0,error="it\'s \\"out\\"" 1000500000000'
    )


@given(st.lists(st.sampled_from([1000.0, 1000.000001, 1000.000002]), max_size=60))
def test_points_of_one_microsecond_get_a_nanosecond_each(times):
    written = lines([sample(start) for start in times])
    assert len(set(written)) == len(times)


def test_thousands_in_one_microsecond_move_on_to_the_next():
    """A clock that stands still must not lose a request."""
    written = lines([sample(1000.0) for _ in range(3500)])
    assert len({line.rpartition(" ")[2] for line in written}) == 3500


def test_what_is_remembered_of_times_is_bounded():
    samples = Samples(RUN, 1.0, lambda lines: list(lines))
    samples.loadhost_samples([sample(1000 + number / 1000) for number in range(30_000)])
    assert len(samples._used) <= 20_000
