"""The console's block about the instrument: which clock, how much lag, what was late, dropped and capped."""

from __future__ import annotations

from typing import Any

import pytest
from loadhost.stats import Histogram
from loadhost_builtins._console_instrument import instrument_lines
from loadhost_builtins._console_report import print_report
from loadhost_builtins._terminal import Terminal
from loadhost_hookspecs import Instrument


def times(*values: float) -> Histogram:
    histogram = Histogram()
    for ms in values:
        histogram.record(ms)
    return histogram


def lines(run: Any, **instrument: Any) -> list[str]:
    given = {"lag": times(), "capped": {}, **instrument}
    return list(instrument_lines(run.result(instrument=Instrument(**given))))


@pytest.mark.parametrize(
    ("timed", "says"),
    [
        (12, "Clock: all requests timed by the kernel"),
        (3, "Clock: 25.0 % of requests timed by the kernel, the others in this process, delays included"),
        (0, "Clock: all requests timed in this process, so its own delays are in the times"),
    ],
)
def test_the_first_line_says_which_clock_served_which_share(shopping: Any, timed: int, says: str) -> None:
    assert lines(shopping, lag=times(*[0.1] * timed))[0] == says


def test_the_lag_stands_beside_the_p99_it_is_not_in(shopping: Any) -> None:
    """The two figures are for comparison."""
    [_, line] = lines(shopping, lag=times(*[0.25] * 12))
    assert line == "Lag: responses lay here for 0.25 ms at p99 until they were read (reported p99: 300.00 ms)"


def test_a_lag_that_would_change_the_times_is_pointed_out(shopping: Any) -> None:
    """That is what the kernel's clock is for."""
    assert lines(shopping, lag=times(*[50.0] * 12))[1].endswith("without the kernel's clock it would be in the times")


def test_lateness_of_iterations_is_a_line_only_if_some_had_a_due_time(shopping: Any) -> None:
    """A closed workload without pacing has none."""
    assert not [line for line in lines(shopping, schedule_lag=times()) if line.startswith("Schedule")]
    [line] = [line for line in lines(shopping, schedule_lag=times(1.0, 1.0, 9.0)) if line.startswith("Schedule")]
    assert line.startswith("Schedule: 3 iterations had a due time and began 9.0 ms late at p99, 9.0 ms at most")


def test_dropped_arrivals_are_a_share_of_all_arrivals(shopping: Any) -> None:
    """With the option that changes it."""
    [*_, line] = lines(shopping, schedule_lag=times(*[1.0] * 30), dropped_arrivals=10)
    assert line == "Dropped: 10 of 40 arrivals (25.0 %): no user was ready for them; --max-users allows more"


def test_if_all_arrivals_are_dropped_the_share_is_everything(run: Any) -> None:
    """No division by zero, no requests needed."""
    assert lines(run, dropped_arrivals=5) == [
        "Dropped: 5 of 5 arrivals (100.0 %): no user was ready for them; --max-users allows more"
    ]


def test_what_was_capped_is_said_in_words(run: Any) -> None:
    """Also what a later version caps."""
    assert lines(run, capped={"names": 1200, "users": 3}) == [
        "Capped: 1,200 requests under names beyond the first ones, counted as __other__",
        "Capped: 3 users",
    ]


def test_without_anything_to_say_there_is_no_block(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither with an empty instrument, nor without one."""
    for instrument in (None, Instrument(times(), {})):
        print_report(Terminal(), run.result(instrument=instrument))
    assert "Instrument" not in capsys.readouterr().out


def test_the_block_is_part_of_the_report(shopping: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Under one title."""
    print_report(Terminal(), shopping.result(instrument=Instrument(times(1.0), {})))
    assert "\nInstrument\nClock: 8.3 % of requests" in capsys.readouterr().out
