"""The hook specifications of loadhost and the types they pass: the contract between the core and every plugin."""

from loadhost_hookspecs._figures import EntryFigures, HistogramView, MetricFigures, RequestSample, StatsWindow
from loadhost_hookspecs._markers import PROJECT, HookKind, ask, hookimpl, kind_of, tell
from loadhost_hookspecs._options import Commands, Config, Options, OptionSpec
from loadhost_hookspecs._protocols import Environment, Marks, Requests, Runner, User, WebUI
from loadhost_hookspecs._results import (
    ErrorCount,
    ExceptionCount,
    Instrument,
    Mark,
    PluginHealth,
    PluginStatus,
    RunResult,
)
from loadhost_hookspecs._values import duration, ratio
from loadhost_hookspecs._verdicts import Outcome, Status, Verdict, VerdictPart

SPEC_MODULES = (
    "loadhost_hookspecs.startup",
    "loadhost_hookspecs.lifecycle",
    "loadhost_hookspecs.traffic",
    "loadhost_hookspecs.statistics",
)
"""The modules that hold the specs, in the order in which `loadhost hooks` and docs/hooks.md show them."""

__all__ = [
    "PROJECT",
    "SPEC_MODULES",
    "Commands",
    "Config",
    "EntryFigures",
    "Environment",
    "ErrorCount",
    "ExceptionCount",
    "HistogramView",
    "HookKind",
    "Instrument",
    "Mark",
    "Marks",
    "MetricFigures",
    "OptionSpec",
    "Options",
    "Outcome",
    "PluginHealth",
    "PluginStatus",
    "RequestSample",
    "Requests",
    "RunResult",
    "Runner",
    "StatsWindow",
    "Status",
    "User",
    "Verdict",
    "VerdictPart",
    "WebUI",
    "ask",
    "duration",
    "hookimpl",
    "kind_of",
    "ratio",
    "tell",
]
