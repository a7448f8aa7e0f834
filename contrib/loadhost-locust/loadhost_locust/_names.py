"""Locust's modules and names, and where loadhost has each: {module: {name: "home:attribute"}}."""

from __future__ import annotations

_OWN = "loadhost_locust"

_USERS = {
    "HttpUser": "loadhost:HttpUser",
    "TaskSet": "loadhost:TaskSet",
    "User": "loadhost:User",
    "tag": "loadhost:tag",
    "task": "loadhost:task",
}
_WAITS = {
    "between": "loadhost:between",
    "constant": "loadhost:constant",
    "constant_pacing": "loadhost:constant_pacing",
    "constant_throughput": "loadhost:constant_throughput",
    "poisson": "loadhost:poisson",
}
_MARKOV = {
    "MarkovTaskSet": "loadhost:MarkovTaskSet",
    "transition": "loadhost:transition",
    "transitions": "loadhost:transitions",
}
_EXCEPTIONS = (
    "CatchResponseError",
    "InterruptTaskSet",
    "MissingWaitTimeError",
    "RescheduleTask",
    "RescheduleTaskImmediately",
    "ResponseError",
    "StopTest",
    "StopUser",
)
_STATES = ("STATE_CLEANUP", "STATE_RUNNING", "STATE_SPAWNING", "STATE_STOPPED", "STATE_STOPPING")
_TEXTS = (
    "get_error_report_summary",
    "get_percentile_stats_summary",
    "get_readable_percentiles",
    "get_stats_summary",
    "print_error_report",
    "print_percentile_stats",
    "print_stats",
    "sort_stats",
    "stats_printer",
)
_CONSTANTS = (
    "CONSOLE_STATS_INTERVAL_SEC",
    "CSV_STATS_FLUSH_INTERVAL_SEC",
    "CSV_STATS_INTERVAL_SEC",
    "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW",
    "HISTORY_STATS_INTERVAL_SEC",
    "PERCENTILES_TO_CHART",
    "PERCENTILES_TO_REPORT",
    "PERCENTILES_TO_STATISTICS",
    "STATS_AUTORESIZE",
    "STATS_NAME_WIDTH",
    "STATS_TYPE_WIDTH",
)


def _all(home: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"{home}:{name}" for name in names}


HOMES: dict[str, dict[str, str]] = {
    "locust": {
        **_USERS,
        **_WAITS,
        **_MARKOV,
        "FastHttpUser": "loadhost:FastHttpUser",
        "LoadTestShape": "loadhost:LoadTestShape",
        "SequentialTaskSet": "loadhost:SequentialTaskSet",
        "events": "loadhost:events",
        "run_single_user": f"{_OWN}._debug:run_single_user",
    },
    "locust.argument_parser": {
        "LocustArgumentParser": f"{_OWN}._options:LocustArgumentParser",
        "get_parser": f"{_OWN}._options:get_parser",
        "timespan": f"{_OWN}._small:timespan",
    },
    "locust.clients": {
        "HttpSession": f"{_OWN}._clients:HttpSession",
        "ResponseContextManager": "loadhost.clients:ResponseContextManager",
        "RestResponseContextManager": "loadhost.clients:ResponseContextManager",
    },
    "locust.contrib": {},
    "locust.contrib.fasthttp": {
        "FastHttpUser": "loadhost:FastHttpUser",
        "FastHttpSession": f"{_OWN}._clients:FastHttpSession",
        "FastResponse": f"{_OWN}._clients:FastResponse",
        "ResponseContextManager": f"{_OWN}._clients:FastResponse",
        "RestResponseContextManager": f"{_OWN}._clients:FastResponse",
    },
    "locust.debug": {"run_single_user": f"{_OWN}._debug:run_single_user"},
    "locust.env": {"Environment": f"{_OWN}._env:Environment"},
    "locust.event": {"EventHook": f"{_OWN}._event:EventHook", "Events": f"{_OWN}._event:make_events"},
    "locust.exception": {
        **_all("loadhost.exception", _EXCEPTIONS),
        "LocustError": "loadhost.exception:LoadhostError",
        "RPCError": f"{_OWN}._small:RPCError",
        "RPCReceiveError": f"{_OWN}._small:RPCReceiveError",
        "RPCSendError": f"{_OWN}._small:RPCSendError",
        "RunnerAlreadyExistsError": "loadhost.exception:UsageError",
    },
    "locust.log": {
        "HOSTNAME": f"{_OWN}._log:HOSTNAME",
        "greenlet_exception_logger": f"{_OWN}._log:greenlet_exception_logger",
        "setup_logging": f"{_OWN}._log:setup_logging",
    },
    "locust.main": {"main": f"{_OWN}.command:run_as_script"},
    "locust.runners": {
        **_all("loadhost.runners", ("LocalRunner", "MasterRunner", "Runner", "WorkerRunner", *_STATES)),
        "STATE_INIT": "loadhost.runners:STATE_READY",
        **_all(f"{_OWN}._constants", ("CPU_MONITOR_INTERVAL", "CPU_WARNING_THRESHOLD")),
    },
    "locust.shape": {"LoadTestShape": "loadhost:LoadTestShape"},
    "locust.stats": {
        **_all(f"{_OWN}._stats_text", _TEXTS),
        **_all(f"{_OWN}._constants", _CONSTANTS),
        "RequestStats": "loadhost.stats:Stats",
        "StatsEntry": "loadhost.stats:StatsEntry",
        "StatsError": "loadhost_hookspecs:ErrorCount",
        "print_stats_json": f"{_OWN}._stats_json:print_stats_json",
        "save_stats_json": f"{_OWN}._stats_json:save_stats_json",
        "stats_history": f"{_OWN}._small:stats_history",
    },
    "locust.user": dict(_USERS),
    "locust.user.inspectuser": {},
    "locust.user.markov_taskset": {
        **_MARKOV,
        "InvalidTransitionError": "loadhost.exception:UsageError",
        "MarkovTaskTagError": "loadhost.exception:UsageError",
        "NoMarkovTasksError": "loadhost.exception:UsageError",
        "NonMarkovTaskTransitionError": "loadhost.exception:UsageError",
    },
    "locust.user.sequential_taskset": {"SequentialTaskSet": "loadhost:SequentialTaskSet"},
    "locust.user.task": {"TaskSet": "loadhost:TaskSet", "tag": "loadhost:tag", "task": "loadhost:task"},
    "locust.user.users": {
        "HttpUser": "loadhost:HttpUser",
        "TaskSet": "loadhost:TaskSet",
        "User": "loadhost:User",
    },
    "locust.user.wait_time": dict(_WAITS),
    "locust.util": {},
    "locust.util.date": {"format_utc_timestamp": f"{_OWN}._small:format_utc_timestamp"},
    "locust.util.rounding": {"proper_round": f"{_OWN}._small:proper_round"},
    "locust.util.timespan": {"parse_timespan": f"{_OWN}._small:parse_timespan"},
    "locust.web": {},
}
"""Whatever is not here is either in `loadhost_locust._absent`, with a word on why, or unknown to Locust too."""
