"""What is computed from counters and samples."""

from __future__ import annotations

import pytest
from benchmarks.accuracy import error, locust_percentiles
from benchmarks.delay_server import DELAYS_S, MEAN_DELAY_S, draw, times_s, truth
from benchmarks.measuring import Failed, Moment, sample_of
from benchmarks.nginx import Counters, parse_status, text_of
from benchmarks.pacing import figures
from benchmarks.peers import OwnCount
from benchmarks.speed import medians, ratio, spread


def moment(at, requests, target_cpu, generator_cpu, machine_cpu):
    return Moment(Counters(at, requests, 0, 50, target_cpu), generator_cpu, machine_cpu)


@pytest.fixture
def sample():
    """Two seconds of 200,000 requests; ours 1.9 s of CPU, the target's 1.2 s, the whole machine's 3.3 s."""
    first, last = moment(10, 1000, 1.0, 5.0, 100.0), moment(12, 201_000, 2.2, 6.9, 103.3)
    before, after = Counters(8, 0, 1, 1, 0.0), Counters(14, 230_000, 51, 1, 2.5)
    return sample_of("loadhost", first, last, before, after, OwnCount(229_990, 0))


def test_requests_per_second_are_those_between_the_two_moments(sample):
    assert sample.rps == 100_000


def test_cpu_per_request_is_in_microseconds(sample):
    assert sample.cpu_us == pytest.approx(9.5)


def test_the_shares_of_the_cores_add_up_to_what_the_machine_did(sample):
    assert (sample.generator_cpu, sample.target_cpu) == pytest.approx((0.95, 0.6))
    assert sample.others_cpu == pytest.approx(0.1)


def test_counts_are_those_of_the_whole_run(sample):
    assert (sample.counted, sample.own, sample.connections) == (230_000, 229_990, 50)


def test_a_generator_that_sends_nothing_is_a_failure():
    same = moment(10, 1000, 1.0, 5.0, 100.0)
    with pytest.raises(Failed, match="sent nothing"):
        sample_of("hey", same, same, same.target, same.target, None)


RESULT = {
    "samples": {
        "loadhost": [{"rps": 90.0}, {"rps": 100.0}, {"rps": 110.0}],
        "locust": [{"rps": 10.0}, {"rps": 8.0}, {"rps": 11.0}],
        "hey": [],
    }
}


def test_a_figure_is_the_median_of_the_rounds():
    assert medians(RESULT) == {"loadhost": 100.0, "locust": 10.0}


def test_a_ratio_is_that_of_two_medians():
    assert ratio(RESULT, "locust") == 10.0


def test_a_spread_is_that_of_the_ratios_of_single_rounds():
    assert spread(RESULT, "locust") == (9.0, 12.5)


@pytest.mark.parametrize("peer", ["hey", "wrk"])
def test_a_peer_without_samples_has_no_ratio(peer):
    assert ratio(RESULT, peer) is None
    assert spread(RESULT, peer) is None


def test_stub_status_is_read():
    text = (
        "Active connections: 51 \nserver accepts handled requests\n 52 53 104729 \nReading: 0 Writing: 1 Waiting: 50 \n"
    )
    assert parse_status(text) == (51, 52, 104729)


def test_what_is_not_stub_status_is_refused():
    with pytest.raises(ValueError, match="404"):
        parse_status("404 Not Found")


def test_the_text_is_always_the_same_and_as_long_as_asked():
    assert text_of(1024) == text_of(1024)
    assert len(text_of(1024)) == 1024


def test_punctual_users_are_not_late():
    assert figures([[0.3, 1.0, 2.0, 3.0], [0.0, 1.5, 2.5, 3.5]])["max_ms"] == pytest.approx(0.0)


def test_lateness_is_measured_from_the_most_punctual_iteration():
    """The first one doesn't count: it belongs to the start of the user."""
    found = figures([[0.0, 1.25, 2.0, 3.0]])
    assert found["max_ms"] == pytest.approx(250)
    assert found["p50_ms"] == pytest.approx(0.0)


def test_lateness_that_adds_up_is_told_per_second():
    assert figures([[0.0, 1.0, 2.01, 3.02]])["drift_ms"] == pytest.approx(10)


def test_users_that_never_ran_twice_give_no_figures():
    assert figures([[0.0, 1.0], []]) == {}


def test_locusts_percentiles_are_those_of_its_last_row():
    text = "Type,Name,50%,95%,99%\nGET,/,1,2,3\n,Aggregated,5,52,500\n"
    assert locust_percentiles(text) == {"p50": 5.0, "p95": 52.0, "p99": 500.0}


def test_an_error_is_a_share_of_the_truth():
    assert error(5.5, 5.0) == pytest.approx(0.1)


def test_the_truth_is_told_once():
    times_s.extend([0.005] * 98 + [0.050, 0.500])
    assert truth() == {"requests": 100, "p50": 5.0, "p95": 5.0, "p99": 500.0}
    assert truth() == {"requests": 0}


def test_delays_are_drawn_as_the_page_says():
    drawn = [draw() for _ in range(2000)]
    assert set(drawn) == {delay for _, delay in DELAYS_S}
    assert sum(drawn) / len(drawn) == pytest.approx(MEAN_DELAY_S, rel=0.3)
