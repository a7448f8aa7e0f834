"""The options of the guard, and the rules that they ask for."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Iterable

from loadhost import OptionSpec, UsageError
from loadhost_hookspecs import Config, Options, duration, ratio

from loadhost_failratio._judge import Judge
from loadhost_failratio._parser import parse_threshold
from loadhost_failratio._reactions import CHOICES, CONTINUE
from loadhost_failratio._threshold import Limit, Quantity, Threshold

logger = logging.getLogger("loadhost_failratio")


def rule(text: str) -> Threshold:
    """The type of --threshold; its name is what the help shows for the value."""
    return parse_threshold(text)


WINDOW_S, MIN_REQUESTS = 10.0, 20

OPTIONS = (
    OptionSpec(
        "--threshold",
        type=rule,
        multiple=True,
        separator=";",
        help="A rule that the run must keep, else it fails with exit code 3: 'p95 < 300ms', 'fail_ratio < 1%', "
        "'rps > 50 for 10s, after 30s', 'p99{name=/checkout} < 2s within 10s, then stop'. Repeatable.",
    ),
    OptionSpec(
        "--fail-ratio",
        type=ratio,
        web_editable=True,
        help="Stop the run, with exit code 3, when more than this share of the requests of the rolling window "
        "fails: 0.2 or 20%. Off if not given.",
    ),
    OptionSpec(
        "--fail-ratio-window",
        type=duration,
        default=WINDOW_S,
        web_editable=True,
        help="How far back --fail-ratio looks, at least 1s.",
    ),
    OptionSpec(
        "--fail-ratio-min-requests",
        type=int,
        default=MIN_REQUESTS,
        web_editable=True,
        help="Fewer requests than this in the window are too few for --fail-ratio to judge.",
    ),
    OptionSpec(
        "--stop-after-failures",
        type=int,
        web_editable=True,
        help="Stop the run, with exit code 3, when so many requests have failed. Off if not given.",
    ),
    OptionSpec(
        "--on-failure",
        choices=CHOICES,
        default=CONTINUE,
        web_editable=True,
        help="What a user does when one of its requests fails: continue with its task, reschedule (wait, and begin its "
        "next task), or stop-user (end). A user class decides for itself with on_failure = 'stop-user'.",
    ),
)


def add_options(options: Options) -> None:
    """All of them."""
    for spec in OPTIONS:
        options.add(spec)


def judges_of(options: Namespace) -> list[Judge]:
    """A judge for each rule that the options ask for. Raises UsageError for what can't work."""
    given = [Judge(rule, "--threshold") for rule in as_thresholds(getattr(options, "threshold", None), "--threshold")]
    return [*_fail_ratio(options), *_stop_after(options), *given]


def as_thresholds(values: object, label: str) -> list[Threshold]:
    """Rules from a list of texts and Thresholds. Raises UsageError that begins with `label`."""
    if values is None:
        return []
    if isinstance(values, str | Threshold) or not isinstance(values, Iterable):
        raise UsageError(f"{label} = {values!r} is not a list of rules; write for example ['p95 < 300ms']")
    return [as_threshold(value, label) for value in values]


def as_threshold(value: object, label: str) -> Threshold:
    """A rule from a text, or the rule itself. Raises UsageError that begins with `label`."""
    if isinstance(value, Threshold):
        return value
    if not isinstance(value, str):
        raise UsageError(f"{label}: {value!r} is not a rule; write a text such as 'p95 < 300ms'")
    try:
        return parse_threshold(value)
    except ValueError as error:
        raise UsageError(f"{label}: {error}") from None


def stop_after(options: Namespace) -> int | None:
    """The number of --stop-after-failures. Raises UsageError for one that can't be."""
    number: int | None = getattr(options, "stop_after_failures", None)
    if number is not None and number < 1:
        raise UsageError(f"--stop-after-failures {number} is no number of failures: give at least 1")
    return number


def warn_of_idle_options(config: Config) -> None:
    """Point out options that do nothing: a guard that somebody believes to be on."""
    if getattr(config.options, "fail_ratio", None) is not None:
        return
    for name in ("fail_ratio_window", "fail_ratio_min_requests"):
        if config.source(name) == "command line":
            flag = "--" + name.replace("_", "-")
            logger.warning("%s does nothing without --fail-ratio: add for example --fail-ratio 20%%", flag)


def _fail_ratio(options: Namespace) -> list[Judge]:
    allowed = getattr(options, "fail_ratio", None)
    window_s = getattr(options, "fail_ratio_window", WINDOW_S)
    fewest = getattr(options, "fail_ratio_min_requests", MIN_REQUESTS)
    if window_s < 1:
        raise UsageError(
            f"--fail-ratio-window {window_s:g}s is too short: figures come once a second, so give at least 1s"
        )
    if fewest < 1:
        raise UsageError(f"--fail-ratio-min-requests {fewest} is no number of requests: give at least 1")
    if allowed is None:
        return []
    limit = Limit(float(f"{100 * allowed:.10g}"), "%", allowed)
    rule = Threshold(Quantity("fail_ratio"), "<=", limit, within_s=window_s, action="stop")
    return [Judge(rule, "--fail-ratio", fewest, "lower --fail-ratio-min-requests or widen --fail-ratio-window")]


def _stop_after(options: Namespace) -> list[Judge]:
    number = stop_after(options)
    if number is None:
        return []
    rule = Threshold(Quantity("failures"), "<", Limit(float(number), "", float(number)), action="stop")
    return [Judge(rule, "--stop-after-failures")]
