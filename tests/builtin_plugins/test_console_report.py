"""The console's report at the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from loadhost import Outcome, Status, Verdict
from loadhost_builtins._console_report import print_report, where
from loadhost_builtins._terminal import Terminal
from loadhost_hookspecs import ExceptionCount, PluginHealth, PluginStatus, RunResult, VerdictPart

Print = Callable[[RunResult], str]


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Print:
    """Prints the report of a run; what was printed, as a pipe sees it."""
    monkeypatch.setenv("COLUMNS", "160")

    def printed(result: RunResult) -> str:
        print_report(Terminal(), result)
        return capsys.readouterr().out

    return printed


def line_with(text: str, output: str) -> str:
    return next(line for line in output.splitlines() if text in line)


def cells(text: str, output: str) -> list[str]:
    return line_with(text, output).split()


def test_the_last_line_of_a_good_run_is_exactly_this(shopping: Any, report: Print) -> None:
    """Scripts look for it."""
    assert report(shopping.result()).splitlines()[-1] == "Verdict: passed, exit code 0"


def test_the_verdict_of_a_bad_run_has_its_reason(shopping: Any, report: Print) -> None:
    """On the same line, however long it is."""
    reason = "fail ratio 34.2 % over the last 10 s (41 of 120 requests) is above 20 %" * 3
    output = report(shopping.result(outcome=Outcome.FAILED, exit_code=3, verdict=reason))
    assert output.splitlines()[-1] == f"Verdict: failed, exit code 3: {reason}"


def test_every_name_has_its_row_and_all_together_have_one(shopping: Any, report: Print) -> None:
    """Counts, share of failures, rate."""
    output = report(shopping.result())
    assert cells("/buy", output) == ["POST", "/buy", "2", "2", "(100.0", "%)", "250.00", "300.00", "300.00", "1.0"]
    assert cells("Aggregated", output)[:5] == ["Aggregated", "12", "2", "(16.7", "%)"]


def test_of_thousands_of_names_those_with_most_requests_are_shown(shopping: Any, report: Print) -> None:
    """The others are in the sum, in CSV and in JSON; a table of all would take many seconds."""
    result = shopping.result()
    names = tuple(replace(result.entries[0], name=f"/page/{number:04}", requests=number) for number in range(3000))
    output = report(replace(result, entries=names))
    assert "Requests (times in ms) (the 200 most frequent of 3,000)" in output
    assert "/page/2800" in output
    assert "/page/2799" not in output


def test_percentiles_run_from_the_smallest_to_the_largest(shopping: Any, report: Print) -> None:
    """Min, median, p90, p95, p99, p99.9, max."""
    section = report(shopping.result()).split("Response times (ms)")[1]
    assert section.split()[:9] == ["Type", "Name", "Min", "Median", "p90", "p95", "p99", "p99.9", "Max"]
    assert cells("/buy", section) == ["POST", "/buy", "250.00", "250.00", *["300.00"] * 5]


def test_errors_are_counted_by_kind(shopping: Any, report: Print) -> None:
    """With the name they belong to."""
    section = report(shopping.result()).split("Errors")[1]
    assert cells("500 Server Error", section) == ["2", "POST", "/buy", "500", "Server", "Error"]


def test_exceptions_of_user_code_say_where_they_were_raised(run: Any, report: Print) -> None:
    """The innermost line, which is the loadfile's own."""
    traceback = (
        'Traceback:\n  File "/x/loop.py", line 1, in run\n  File "/home/me/loadfile.py", line 12, in buy\nKeyError'
    )
    run.stats.log_exception("Shopper", KeyError("id"), traceback, "local")
    output = report(run.result())
    assert "Exceptions in user code" in output
    assert line_with("KeyError", output).split() == ["1", "Shopper", "KeyError('id')", "loadfile.py:12", "in", "buy"]


def test_an_exception_without_traceback_has_no_place() -> None:
    """Nothing is invented."""
    assert where(ExceptionCount("Shopper", "x", "", 1, ())) == ""


def test_plugins_show_calls_failures_and_cost(shopping: Any, report: Print) -> None:
    """One line each."""
    health = PluginHealth("influx", "loadhost-influx", "1.2", "loaded", 12000, 0, 3.456)
    section = report(shopping.result(plugins=(health,))).split("Plugins: what they cost")[1]
    assert cells("influx", section) == ["influx", "loadhost-influx", "1.2", "12,000", "0", "3.5", "ok"]


def test_what_was_switched_off_is_said_with_the_last_error(shopping: Any, report: Print) -> None:
    """So that nobody believes the export to be complete."""
    health = PluginHealth("raiser", None, None, "off", 10, 10, 2.0, ("loadhost_request",), "ValueError: no")
    output = report(shopping.result(plugins=(health,)))
    assert "switched off: loadhost_request; last error: ValueError: no" in output


def test_plugins_that_were_not_called_are_not_listed(shopping: Any, report: Print) -> None:
    """They cost nothing."""
    assert "idle" not in report(shopping.result(plugins=(PluginHealth("idle", None, None, "loaded", 0, 0, 0.0),)))


def test_each_plugin_has_its_last_word(shopping: Any, report: Print) -> None:
    """Its verdict if it gave one, else its status."""
    output = report(
        shopping.result(
            statuses=(PluginStatus("influx", Status("12 points written")), PluginStatus("failratio", Status("now"))),
            parts=(VerdictPart("failratio", Verdict(Outcome.PASSED, "highest 3 %")),),
        )
    )
    assert "influx: 12 points written\n" in output
    assert "failratio says passed: highest 3 %\n" in output
    assert "failratio: now" not in output


def test_why_the_run_ended_is_said_once(shopping: Any, report: Print) -> None:
    """In a line of its own, unless the verdict says it."""
    assert "Run: 2.0 s, 5 users, ended by: run time of 2s is over\n" in report(shopping.result())
    output = report(shopping.result(stop_reason="too bad", outcome=Outcome.FAILED, exit_code=3, verdict="too bad"))
    assert output.endswith("Run: 2.0 s, 5 users\nVerdict: failed, exit code 3: too bad\n")


def test_interrupted_and_retried_requests_are_mentioned(run: Any, report: Print) -> None:
    """Only if there are any."""
    assert "Interrupted" not in report(run.result())
    run.stats.interrupted("/", "GET")
    run.stats.retried("/", "GET")
    run.second()
    output = report(run.result())
    assert "Interrupted: 1 request under way at the end" in output
    assert "Retried: 1 request" in output


def test_the_precision_of_percentiles_is_stated(shopping: Any, report: Print) -> None:
    """0.8 %."""
    assert "percentiles within 0.8 %" in report(shopping.result())


def test_a_run_without_requests_still_has_a_report(run: Any, report: Print) -> None:
    """No division by zero, no percentiles of nothing."""
    output = report(run.result(ended_s=run.result().started_s))
    assert cells("Aggregated", output) == ["Aggregated", "0", "0", "-", "-", "-", "0.0"]
    assert "Response times" not in output


def test_names_and_errors_are_shown_as_they_are(run: Any, report: Print) -> None:
    """No markup is obeyed, no control character reaches the terminal."""
    run.second(("GET", "/[bold red]x[/] :smile:\x1b[2J\n", 5.0, "[link=http://evil]\x07"))
    output = report(run.result())
    assert "/[bold red]x[/] :smile:\\x1b[2J\\n" in output
    assert "[link=http://evil]\\x07" in output
    assert "\x1b" not in output
    assert "\x07" not in output


def test_a_long_name_is_shown_whole(run: Any, report: Print) -> None:
    """It goes on in the next line when there is no room."""
    name = "/" + "abcdefghij" * 20
    run.second(("GET", name, 5.0, None))
    table = report(run.result()).split("Response times")[0]
    folded = "".join(line[len("Type  ") :].split("  ")[0] for line in table.splitlines() if "abc" in line)
    assert folded == name


def test_of_very_many_errors_the_most_frequent_are_listed(run: Any, report: Print) -> None:
    """And it says that there are more."""
    run.second(*[("GET", "/", 1.0, f"error {number}") for number in range(60)], ("GET", "/", 1.0, "error 59"))
    output = report(run.result())
    assert "Errors (the 50 most frequent of 60)" in output
    assert cells("error 59", output)[0] == "2"


def test_figures_that_began_anew_say_so_and_their_rates_are_of_that_time(shopping: Any, report: Print) -> None:
    result = shopping.result()
    output = report(replace(result, reset_s=result.ended_s - 0.5))
    assert "Statistics: of the last 0.5 s; they were reset 1.5 s after the start" in output.splitlines()
    assert cells("Aggregated", output)[-1] == "24.0"
