"""Better, worse, or no difference shown: on runs made up from seeds, whose seconds have a memory and which drift."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from loadhost.stats import Histogram
from loadhost_builtins.history._comparing import TOTAL, Measured, compare
from loadhost_builtins.history._comparison import BETTER, NOT_JUDGED, SAME, WORSE
from loadhost_builtins.history._packing import Packer, Part
from loadhost_builtins.history._quantities import USUAL, quantity
from loadhost_builtins.history._resampling import Draws, block_length


def part_of(times_ms: list[float], failures: int = 0, duration_s: float = 1.0) -> Part:
    histogram = Histogram()
    for ms in times_ms:
        histogram.record(ms)
    return Part(len(times_ms), failures, duration_s, histogram.sum_us, dict(histogram.counts))


def added(parts: list[Part]) -> Part:
    counts: dict[int, int] = {}
    for part in parts:
        for bucket, number in part.counts.items():
            counts[bucket] = counts.get(bucket, 0) + number
    requests, failures = sum(part.requests for part in parts), sum(part.failures for part in parts)
    return Part(requests, failures, parts[0].duration_s, sum(part.sum_us for part in parts), counts)


def made_up(
    random: Random,
    *,
    memory: float = 0.7,
    restless: float = 0.04,
    drift: float = 0.02,
    slower: float = 1.0,
    windows: int = 180,
    names: int = 2,
    requests: int = 25,
) -> Measured:
    """A run: each second has a level that resembles the one before (an AR(1) series of correlation `memory` and
    standard deviation `restless`, of logarithms), and the run has one of its own (`drift`)."""
    own, level, levels = random.gauss(0, drift), random.gauss(0, restless), []
    for _ in range(windows):
        level = memory * level + math.sqrt(1 - memory**2) * random.gauss(0, restless)
        levels.append(slower * math.exp(own + level))
    rows: dict[tuple[str, str], list[Part]] = {}
    for name in range(names):
        typical = 20.0 * (name + 1)
        rows[f"/{name}", "GET"] = [
            part_of([typical * factor * random.lognormvariate(0, 0.3) for _ in range(requests)]) for factor in levels
        ]
    rows[TOTAL] = [added(list(parts)) for parts in zip(*rows.values(), strict=True)]
    return Measured("run", rows)


def share(judged: Callable[[Random], bool], times: int, seed: int) -> float:
    random = Random(seed)
    return sum(judged(random) for _ in range(times)) / times


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("memory", [0.5, 0.8])
def test_at_most_one_comparison_in_twenty_of_the_same_is_a_false_alarm(memory: float) -> None:
    def alarm(random: Random) -> bool:
        one, other = (made_up(random, memory=memory) for _ in range(2))
        return compare([one], other, resamples=300).verdict != SAME

    assert share(alarm, 60, seed=11) <= 0.05


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("memory", [0.5, 0.8])
def test_a_slowdown_by_15_percent_is_found_in_19_of_20_comparisons(memory: float) -> None:
    def found(random: Random) -> bool:
        one, other = made_up(random, memory=memory), made_up(random, memory=memory, slower=1.15)
        return compare([one], other, resamples=300).verdict == WORSE

    assert share(found, 60, seed=12) >= 0.95


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_several_runs_before_show_a_drift_that_one_can_not() -> None:
    """Runs that differ by 4 %: of one run before that is too much to tell, five show it."""

    def alarm(random: Random) -> bool:
        before = [made_up(random, drift=0.04, windows=60) for _ in range(5)]
        return compare(before, made_up(random, drift=0.04, windows=60), resamples=300).verdict != SAME

    assert share(alarm, 30, seed=13) <= 0.05


@pytest.fixture(scope="module")
def quiet() -> list[Measured]:
    """Two runs of the same, and one that is half as slow again."""
    random = Random(1)
    return [made_up(random, windows=40, slower=slower) for slower in (1.0, 1.0, 1.5)]


def test_half_as_slow_again_is_worse_and_the_other_way_round_better(quiet: list[Measured]) -> None:
    one, _, slow = quiet
    assert compare([one], slow, resamples=100).verdict == WORSE
    assert compare([slow], one, resamples=100).verdict == BETTER


def test_the_same_is_no_difference(quiet: list[Measured]) -> None:
    assert compare(quiet[:1], quiet[1], resamples=100).verdict == SAME
    assert compare(quiet[:1], quiet[0], resamples=100).verdict == SAME


def test_the_answer_is_the_same_each_time(quiet: list[Measured]) -> None:
    assert compare(quiet[:1], quiet[2], resamples=100) == compare(quiet[:1], quiet[2], resamples=100)


def test_each_figure_has_its_difference_inside_its_interval(quiet: list[Measured]) -> None:
    for row in compare(quiet[:1], quiet[2], resamples=100).rows:
        for each in row.differences:
            assert each.low is not None
            assert each.change is not None
            assert each.high is not None
            assert each.low <= each.change <= each.high
            if each.unit == "ms":
                assert each.before is not None
                assert each.after == pytest.approx(each.before * (1 + each.change))


def test_what_is_less_than_the_least_difference_is_none(quiet: list[Measured]) -> None:
    assert compare(quiet[:1], quiet[2], min_difference=0.9, resamples=100).verdict == SAME


def test_a_name_that_is_only_in_one_run_is_not_judged(quiet: list[Measured]) -> None:
    one = Measured("one", {**quiet[0].rows, ("/new", "GET"): quiet[0].rows["/0", "GET"]})
    rows = {row.name: row for row in compare([quiet[1]], one, resamples=100).rows}
    assert rows["/new"].verdict == NOT_JUDGED
    assert rows["/new"].differences[0].reason == "there were no such requests before"
    assert compare([one], quiet[1], resamples=100).rows[-1].differences[0].reason == "there were no such requests after"


def test_few_requests_are_not_judged() -> None:
    few = Measured("few", {TOTAL: [part_of([5.0, 6.0]) for _ in range(30)]})
    verdicts = {each.quantity: each for each in compare([few], few, resamples=100).rows[0].differences}
    assert verdicts["p50"].verdict == SAME
    assert verdicts["p99"].reason == "60 requests are too few, it needs 500"


def test_a_short_run_is_not_judged(quiet: list[Measured]) -> None:
    short = Measured("short", {key: parts[:4] for key, parts in quiet[0].rows.items()})
    assert compare([quiet[0]], short, resamples=100).verdict == NOT_JUDGED


def test_a_run_without_requests_is_not_judged() -> None:
    empty = Measured("empty", {TOTAL: [part_of([]) for _ in range(9)]})
    assert compare([empty], empty, resamples=100).verdict == NOT_JUDGED
    assert compare([Measured("nothing", {TOTAL: []})], empty, resamples=100).verdict == NOT_JUDGED


def test_failures_that_begin_are_worse_though_there_were_none() -> None:
    good = Measured("good", {TOTAL: [part_of([5.0] * 50) for _ in range(30)]})
    bad = Measured("bad", {TOTAL: [part_of([5.0] * 50, failures=1) for _ in range(30)]})
    [ratio] = [
        each for each in compare([good], bad, resamples=100).rows[0].differences if each.quantity == "fail_ratio"
    ]
    assert ratio.verdict == WORSE
    assert ratio.change == pytest.approx(0.02)


def test_fewer_requests_per_second_are_worse() -> None:
    many, few = (Measured(str(n), {TOTAL: [part_of([5.0] * n) for _ in range(30)]}) for n in (50, 30))
    comparison = compare([many], few, resamples=100)
    assert {each.quantity: each.verdict for each in comparison.rows[0].differences}["rps"] == WORSE
    assert compare([few], many, resamples=100).verdict == BETTER


def test_packed_windows_add_up_to_the_figures_of_their_sum() -> None:
    random = Random(2)
    parts = [part_of([random.lognormvariate(3, 1) for _ in range(30)], failures=3) for _ in range(50)]
    packer = Packer([parts], (*USUAL, quantity("avg")))
    p50, p95, p99, rps, fail_ratio, avg = (value or 0.0 for value in packer.figures(sum(map(packer.pack, parts))))
    whole = added(parts)
    histogram = Histogram()
    histogram.counts.update(whole.counts)
    histogram.count, histogram.max_us, histogram.min_us = whole.requests, 10**9, 0
    for value, share_of in ((p50, 0.5), (p95, 0.95), (p99, 0.99)):
        assert value == pytest.approx(histogram.percentile(share_of), rel=0.012)
    assert rps == pytest.approx(30)
    assert fail_ratio == pytest.approx(0.1)
    assert avg == pytest.approx(whole.sum_us / whole.requests / 1000, rel=1e-6)


def test_large_counts_do_not_run_over_into_the_next_field() -> None:
    heavy = [Part(3 * 10**9, 10**9, 1.0, 10**15, {5000: 2 * 10**9, 5001: 10**9}) for _ in range(20)]
    packer = Packer([heavy], (*USUAL, quantity("avg")))
    figures = packer.figures(sum(map(packer.pack, heavy)))
    assert figures[3] == pytest.approx(3e9)
    assert figures[4] == pytest.approx(1 / 3)
    assert figures[5] == pytest.approx(10**15 / (3 * 10**9) / 1000)


def test_every_window_is_drawn_equally_often() -> None:
    draws = Draws(20, 6, 4000, Random(3))
    seen = [0] * 20
    for starts in draws.starts:
        for start in starts:
            for place in range(6):
                seen[(start + place) % 20] += 1
    assert max(seen) / min(seen) < 1.1


def test_the_longer_the_memory_the_longer_the_blocks() -> None:
    def length(memory: float) -> int:
        return block_length(made_up(Random(4), memory=memory, restless=0.3, windows=300, names=1).rows[TOTAL])

    assert length(0.0) < length(0.5) < length(0.8) <= 60


def test_a_comparison_is_plain_data(quiet: list[Measured]) -> None:
    plain: dict[str, Any] = compare(quiet[:1], quiet[2], resamples=100).to_plain()
    assert (plain["schema"], plain["version"], plain["verdict"]) == ("loadhost.comparison", 1, WORSE)
    assert set(plain["rows"][0]) == {"name", "method", "verdict", "requests", "figures"}
    assert set(plain["rows"][0]["figures"][0]) == {
        "quantity", "unit", "before", "after", "change", "low", "high", "verdict", "reason",
    }  # fmt: skip
