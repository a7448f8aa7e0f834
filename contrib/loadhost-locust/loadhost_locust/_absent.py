"""What Locust has and loadhost has not: why, and what to use in its place."""

from __future__ import annotations

_PAGE = "see docs/coming-from-locust.md"
_PROCESSES = "loadhost's runs over several processes are no network protocol of the loadfile's"
_PAGE_OF_ITS_OWN = "its web page is a part of loadhost, which hooks extend: loadhost hooks"
_INTERNAL = "it is a part of Locust's inside, and loadhost is made otherwise"
_CLIENT = "write a User with a client of your own that calls self.environment.requests.record(...)"
_READ_STATS = "environment.stats and the hook loadhost_stats_window have the figures"
_FILES = "--csv PREFIX and --json-file FILE write them; the hook loadhost_run_finished has all of a run"

MODULES: dict[str, str] = {
    "locust.contrib.csv_request_logger": "the hook loadhost_samples is told every request, without delaying users",
    "locust.contrib.dns": _CLIENT,
    "locust.contrib.milvus": _CLIENT,
    "locust.contrib.mongodb": _CLIENT,
    "locust.contrib.mqtt": _CLIENT,
    "locust.contrib.oai": _CLIENT,
    "locust.contrib.postgres": _CLIENT,
    "locust.contrib.qdrant": _CLIENT,
    "locust.contrib.socketio": _CLIENT,
    "locust.dispatch": "users are allocated exactly by weight and fixed_count, in one way",
    "locust.html": "--report-dir DIR writes report.html",
    "locust.input_events": "change the load while it runs by --stages or a LoadTestShape",
    "locust.opentelemetry": "a plugin can send figures anywhere: loadhost_stats_window, loadhost_samples",
    "locust.rpc": _PROCESSES,
    "locust.rpc.protocol": _PROCESSES,
    "locust.rpc.zmqrpc": _PROCESSES,
    "locust.util.cache": _INTERNAL,
    "locust.util.deprecation": _INTERNAL,
    "locust.util.directory": _INTERNAL,
    "locust.util.exception_handler": _INTERNAL,
    "locust.util.load_locustfile": _INTERNAL,
    "locust.util.url": _INTERNAL,
}

_GROUPS: dict[tuple[str, str], str] = {
    ("locust", "Locust HttpLocust"): "Locust itself gave them up in 1.0: they are User and HttpUser",
    (
        "locust.argument_parser",
        "DEFAULT_CONFIG_FILES LocustConfigParser LocustTomlConfigParser UIExtraArgOptions default_args_dict "
        "download_locustfile_from_master download_locustfile_from_url exit_handler get_empty_argument_parser "
        "get_locustfiles_locally gt_zero json_user_config parse_locustfile_option parse_locustfile_paths "
        "parse_locustfiles_from_master parse_options positive_integer raise_argument_type_error "
        "retrieve_locustfiles_from_master setup_parser_arguments ui_extra_args_dict version",
    ): "options are added with events.init_command_line_parser and read from environment.parsed_options",
    (
        "locust.clients",
        "LocustHttpAdapter absolute_http_url_regexp",
    ): "HttpSession is a requests.Session: mount an adapter of your own on it",
    (
        "locust.contrib.fasthttp",
        "ErrorResponse FAILURE_EXCEPTIONS FastRequest LocustBadStatusCode LocustUserAgent "
        "absolute_http_url_regexp insecure_ssl_context_factory",
    ): "FastHttpUser is loadhost's own client: its settings are attributes of the class, insecure = True among them",
    ("locust.debug", "PrintListener"): "run_single_user prints the requests",
    ("locust.env", "RunnerType"): _INTERNAL,
    ("locust.event", "DeprecatedEventHook"): _INTERNAL,
    ("locust.log", "LogReader get_logs unhandled_greenlet_exception"): "use the standard library's logging",
    (
        "locust.main",
        "COMMON_OPTIONS create_environment merge_locustfiles_content version",
    ): "loadhost.Environment is how to run tests from a program",
    (
        "locust.runners",
        "CONNECT_RETRY_COUNT CONNECT_TIMEOUT DistributedRunner FALLBACK_INTERVAL HEARTBEAT_DEAD_INTERNAL "
        "HEARTBEAT_INTERVAL HEARTBEAT_LIVENESS MASTER_HEARTBEAT_TIMEOUT STATE_MISSING WORKER_LOG_REPORT_INTERVAL "
        "WORKER_REPORT_INTERVAL WorkerNode WorkerNodes",
    ): _PROCESSES,
    ("locust.runners", "ExceptionDict locust_exception_handler logger"): _INTERNAL,
    ("locust.shape", "LoadTestShapeMeta"): _INTERNAL,
    (
        "locust.stats",
        "CSVWriter CachedResponseTimes EntriesDict RequestStatsAdditionError S StatsBaseDict StatsEntryDict "
        "StatsErrorDict StatsHolder avg bucket_response_time calculate_response_time_percentile console_logger "
        "diff_response_time_dicts logger resize_handler setup_distributed_stats_event_listeners "
        "update_stats_history validate_stats_configuration",
    ): f"response times are kept in a histogram that is exact to 0.8 %; {_READ_STATS}",
    ("locust.stats", "StatsCSV StatsCSVFileWriter"): _FILES,
    ("locust.user.inspectuser", "get_ratio print_task_ratio print_task_ratio_json"): "loadhost run --show-task-ratio",
    (
        "locust.user.markov_taskset",
        "MarkovTaskSetMeta MarkovTaskT get_markov_tasks is_markov_task to_weighted_list validate_has_markov_tasks "
        "validate_markov_chain validate_no_tags validate_no_unreachable_tasks validate_task_name validate_transitions",
    ): _INTERNAL,
    ("locust.user.sequential_taskset", "SequentialTaskSetMeta"): _INTERNAL,
    (
        "locust.user.task",
        "DefaultTaskSet LOCUST_STATE_RUNNING LOCUST_STATE_STOPPING LOCUST_STATE_WAITING TaskHolder TaskSetMeta TaskT "
        "filter_tasks_by_tags get_tasks_from_base_classes is_markov_taskset logger",
    ): f"{_INTERNAL}; user.state says what a user does",
    ("locust.user.users", "RestMixin RestResponseT UserMeta logger"): f"{_INTERNAL}; rest() is on both HTTP users",
    ("locust.user.users", "PytestUser"): "write the requests in tasks of a User",
    ("locust.util.date", "format_duration format_safe_timestamp"): _INTERNAL,
    (
        "locust.web",
        "AuthArgs AuthProvider CustomForm DEFAULT_CACHE_TIME HOST_IS_REQUIRED InputField WebUI "
        "greenlet_exception_handler logger",
    ): _PAGE_OF_ITS_OWN,
}

NAMES: dict[str, str] = {
    f"{module}.{name}": reason for (module, names), reason in _GROUPS.items() for name in names.split()
}

NO_EFFECT: dict[str, str] = {
    "locust.stats.CSV_STATS_INTERVAL_SEC": "the history has a row each second",
    "locust.stats.CSV_STATS_FLUSH_INTERVAL_SEC": "each row of the history is on disk at once",
    "locust.stats.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW": "what is current covers the last ten seconds",
    "locust.stats.HISTORY_STATS_INTERVAL_SEC": "windows are one second long",
    "locust.stats.PERCENTILES_TO_CHART": "a plugin can draw a chart of its own",
    "locust.stats.PERCENTILES_TO_STATISTICS": "reports have p50 to p99.9",
    "locust.stats.bucket_response_time": "response times are kept in a histogram that is exact to 0.8 %",
    "locust.runners.CPU_MONITOR_INTERVAL": "the machine is looked at every five seconds",
    "locust.runners.CPU_WARNING_THRESHOLD": "the warning comes above 90 %",
    "locust.runners.HEARTBEAT_INTERVAL": _PROCESSES,
    "locust.runners.HEARTBEAT_LIVENESS": _PROCESSES,
    "locust.runners.MASTER_HEARTBEAT_TIMEOUT": _PROCESSES,
    "locust.runners.WORKER_REPORT_INTERVAL": _PROCESSES,
}
"""Settings of Locust that may be set, and are not heard: a warning says why."""


def is_known(module: str, name: str) -> bool:
    """Whether Locust has the name, and loadhost not."""
    return f"{module}.{name}" in NAMES or f"{module}.{name}" in MODULES


def absent_name(module: str, name: str) -> str:
    """The line for `from module import name`."""
    full = f"{module}.{name}"
    return f"loadhost has no {full}: {NAMES.get(full) or MODULES[full]} ({_PAGE})"


def absent_module(module: str) -> str:
    """The line for `import module`."""
    reason = MODULES.get(module)
    if reason is None:
        return f"there is no module {module} in the Locust whose names loadhost-locust knows ({_PAGE})"
    return f"loadhost has no {module}: {reason} ({_PAGE})"
