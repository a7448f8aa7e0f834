"""The generator's points: what grew in a stretch, per process."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from loadhost.stats import Histogram, Stats
from loadhost_hookspecs import MetricFigures
from loadhost_influx._errors import Errors
from loadhost_influx._generator import Generator, growth
from loadhost_influx._points import Run

RUN = Run.of("R", "shop", ())


def lines(generator, window, stats=None, node="local"):
    environment = SimpleNamespace(node=node, stats=stats or Stats())
    return list(generator.lines(RUN, environment, window, 1))


def histogram(*values):
    result = Histogram()
    for ms in values:
        result.record(ms)
    return result


@given(st.lists(st.floats(0, 5000)), st.lists(st.floats(0, 5000), min_size=1))
def test_the_lag_of_a_stretch_is_that_of_its_own_values(before, new):
    then = histogram(*before)
    now = then.copy()
    for ms in new:
        now.record(ms)
    grown, truth = growth(now, then), histogram(*new)
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        assert abs(grown[name] - truth.percentile(share)) <= 0.008 * truth.percentile(share) + 0.001


def test_without_new_values_there_is_no_lag():
    assert growth(histogram(1, 2), histogram(1, 2)) == {}
    assert growth(histogram(), histogram(1)) == {}


def test_metrics_of_the_machine_are_fields_of_their_process(make_window):
    labels = (("worker", "1"),)
    metrics = (
        MetricFigures("machine.cpu", (), "gauge", 0.5),
        MetricFigures("machine.cpu", labels, "gauge", 0.9),
        MetricFigures("machine.memory_bytes", labels, "gauge", 100.0),
        MetricFigures("orders", (), "counter", 1.0),
    )
    here, worker = lines(Generator(), make_window(metrics=metrics), node="master")
    assert here.startswith("loadhost_generator,run=R,test=shop,worker=master dropped_arrivals=")
    assert "cpu=0.5" in here
    assert worker == "loadhost_generator,run=R,test=shop,worker=1 cpu=0.9,memory_bytes=100.0 1"


def test_without_the_machine_the_core_s_readings_serve(make_window):
    generator = Generator()
    generator.usage(50.0, 100)
    (line,) = lines(generator, make_window())
    assert "cpu=0.5,memory_bytes=100.0," in line
    assert "cpu" not in lines(generator, make_window())[0]


def test_dropped_arrivals_are_those_of_the_stretch(make_window):
    generator, stats = Generator(), Stats()
    for total, dropped in ((3, "3.0"), (5, "2.0"), (0, "0.0")):
        stats.dropped_arrivals = total
        assert f"dropped_arrivals={dropped}," in lines(generator, make_window(), stats)[0]


# -- errors


def test_an_error_is_told_as_often_as_it_is_new():
    errors, stats = Errors(), Stats()
    for _ in range(3):
        stats.record("/a", "GET", 1.0, 1.0, 0, "boom")
    stats.log_exception("Visitor", ValueError("fell"))
    first, exception = errors.lines(RUN, stats, 1)
    assert ',kind=failure,method=GET,name=/a,run=R,test=shop count=3.0,text="boom" 1' in first
    assert ",kind=exception,run=R,test=shop,user_class=Visitor count=1.0," in exception
    assert list(errors.lines(RUN, stats, 2)) == []
    stats.record("/a", "GET", 1.0, 1.0, 0, "boom")
    assert [" count=1.0," in line for line in errors.lines(RUN, stats, 3)] == [True]


def test_after_a_reset_errors_are_counted_anew():
    errors, stats = Errors(), Stats()
    for _ in range(3):
        stats.record("/a", "GET", 1.0, 1.0, 0, "boom")
    list(errors.lines(RUN, stats, 1))
    stats.reset()
    stats.record("/a", "GET", 1.0, 1.0, 0, "boom")
    assert [" count=1.0," in line for line in errors.lines(RUN, stats, 2)] == [True]


def test_two_texts_of_one_request_are_two_series():
    stats = Stats()
    for text in ("boom", "bang"):
        stats.record("/a", "GET", 1.0, 1.0, 0, text)
    one, other = Errors().lines(RUN, stats, 1)
    assert one.partition(" ")[0] != other.partition(" ")[0]
    assert "boom" not in one.partition(" ")[0]
