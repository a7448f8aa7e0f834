"""The two dashboards: one run in detail, and two runs beside each other; all queries in InfluxQL."""

from __future__ import annotations

from typing import Any

from loadhost_influx._panels import (
    SOURCE,
    Panel,
    dashboard,
    heatmap,
    interval_variable,
    series,
    source_variable,
    stat,
    table,
    target,
    trend,
    variable,
)

OVERVIEW_UID, COMPARISON_UID = "loadhost-overview", "loadhost-comparison"

_RUN = "\"run\" = '$run' AND $timeFilter"
_NAMED = f'{_RUN} AND "name" =~ /^$name$/'
_ALL = f"{_RUN} AND \"name\" = 'Aggregated' AND \"outcome\" = 'all'"
_STEP = "GROUP BY time($__interval)"
_PER_S = "* 1000 / $__interval_ms"
_TESTS = 'SHOW TAG VALUES FROM "loadhost_users" WITH KEY = "test"'
_RUNS = 'SHOW TAG VALUES FROM "loadhost_users" WITH KEY = "run" WHERE "test" =~ /^$test$/'


def overview() -> dict[str, Any]:
    """One run: what was asked of the system, what it did, and how far the generator can be trusted."""
    variables = [
        source_variable(),
        variable("test", "Test", _TESTS),
        variable("run", "Run", _RUNS),
        variable(
            "name",
            "Name",
            'SHOW TAG VALUES FROM "loadhost_buckets" WITH KEY = "name" WHERE "run" = \'$run\'',
            many=True,
        ),
        interval_variable(),
    ]
    rows = [(4, _figures()), (8, _load()), (8, _times()), (10, [_heat_map()]), (8, _details())]
    rows += [(8, _generator()), (8, _metrics()), (8, [_runs()])]
    return dashboard(OVERVIEW_UID, "loadhost: a run", variables, rows, [_annotation()])


def _figures() -> list[Panel]:
    failed = f'SELECT sum("count") FROM "loadhost_requests" WHERE {_RUN} AND "outcome" = \'failed\''
    verdict = f'SELECT last("text") AS "text" FROM "loadhost_events" WHERE {_RUN}'
    return [
        stat("Verdict", f"{verdict} AND \"kind\" = 'verdict'", text=True),
        stat("Requests", f'SELECT sum("count") FROM "loadhost_requests" WHERE {_RUN}'),
        stat("Failures", failed, red_from=1),
        stat("Users, at most", f'SELECT max("user_count") FROM "loadhost_users" WHERE {_RUN}'),
        stat("Generator", f'SELECT last("fitness") AS "text" FROM "loadhost_generator" WHERE {_RUN}', text=True),
        stat("Slowest", f'SELECT max("response_max_ms") FROM "loadhost_requests" WHERE {_ALL}', unit="ms"),
    ]


def _load() -> list[Panel]:
    counted = f'SELECT sum("count") {_PER_S} FROM "loadhost_requests" WHERE {_NAMED}'
    return [
        series(
            "Users",
            target(f'SELECT last("user_count") FROM "loadhost_users" WHERE {_RUN} {_STEP} fill(none)', "users"),
            target(f'SELECT last("target_user_count") FROM "loadhost_users" WHERE {_RUN} {_STEP} fill(none)', "wanted"),
            unit="short",
        ),
        series(
            "Requests per second",
            target(f'{counted} AND "outcome" != \'all\' {_STEP}, "outcome" fill(0)', "$tag_outcome"),
            unit="reqps",
            stacked=True,
        ),
        series(
            "Failures per second",
            target(f'{counted} AND "outcome" = \'failed\' {_STEP}, "method", "name" fill(0)', "$tag_method $tag_name"),
            unit="reqps",
        ),
    ]


def _times() -> list[Panel]:
    def percentiles(kind: str, *names: str) -> list[dict[str, Any]]:
        query = 'SELECT max("{kind}_{name}_ms") FROM "loadhost_requests" WHERE {where} {step} fill(none)'
        return [target(query.format(kind=kind, name=name, where=_ALL, step=_STEP), f"{kind} {name}") for name in names]

    honest = "Where a step holds several points, the highest: an average of percentiles is no percentile."
    by_name = f'SELECT max("response_p95_ms") FROM "loadhost_requests" WHERE {_NAMED} AND "outcome" = \'all\''
    return [
        series(
            "Response time",
            *percentiles("response", "p50", "p90", "p95", "p99", "p999"),
            unit="ms",
            description=honest,
        ),
        series(
            "Response and service time, p99",
            *percentiles("response", "p99"),
            *percentiles("service", "p99"),
            unit="ms",
            description="Response time counts from when an iteration was due, service time from when its request was "
            "sent: where they part, the system could not keep up with the load.",
        ),
        series(
            "Response time p95 by name",
            target(f'{by_name} {_STEP}, "method", "name" fill(none)', "$tag_method $tag_name"),
            unit="ms",
            description=honest,
        ),
    ]


def _heat_map() -> Panel:
    return heatmap(
        "Response times",
        f'SELECT sum("count") FROM "loadhost_buckets" WHERE {_NAMED} {_STEP}, "le" fill(0)',
        "How many requests took how long. Each row is a bucket, named by its upper bound in ms.",
    )


def _details() -> list[Panel]:
    return [
        table(
            "Names",
            'SELECT sum("count") AS "requests", max("fail_ratio") AS "highest fail ratio", '
            'max("response_p95_ms") AS "highest p95 ms", max("response_p99_ms") AS "highest p99 ms", '
            f'max("response_max_ms") AS "max ms" FROM "loadhost_requests" WHERE {_NAMED} GROUP BY "method", "name"',
            description="Highest of all points. The percentiles of the whole run are in the comparison.",
        ),
        table(
            "Errors",
            'SELECT sum("count") AS "count", last("text") AS "text" FROM "loadhost_exceptions" '
            f'WHERE {_RUN} GROUP BY "kind", "method", "name", "user_class", "error"',
            description="Failed requests, and exceptions that tasks let out.",
        ),
    ]


def _generator() -> list[Panel]:
    def of(field: str, name: str) -> dict[str, Any]:
        query = f'SELECT max("{field}") FROM "loadhost_generator" WHERE {_RUN} {_STEP}, "worker" fill(none)'
        return target(query, f"{name}, $tag_worker")

    return [
        series("Generator: CPU cores", of("cpu", "CPU"), unit="short"),
        series("Generator: memory", of("memory_bytes", "memory"), unit="bytes"),
        series(
            "Generator: lag",
            of("lag_p99_ms", "responses waited, p99"),
            of("schedule_lag_p99_ms", "iterations late, p99"),
            of("hub_lag_ms", "hub late"),
            unit="ms",
            description="How long responses lay in the generator, how late iterations began, how late its loop was. "
            "Compare it with the response times: what is a large share of them is no fault of the system.",
        ),
        table(
            "Judgements",
            f'SELECT "source", "text" FROM "loadhost_events" WHERE {_RUN} AND "kind" = \'judgement\'',
            description="What each plugin said at the end: machine judges whether the generator was fit to measure.",
        ),
    ]


def _metrics() -> list[Panel]:
    counted = f'SELECT sum("count") {_PER_S} FROM "loadhost_metrics" WHERE {_RUN} {_STEP}, "metric" fill(0)'
    gauges = f'SELECT last("value") FROM "loadhost_metrics" WHERE {_RUN} {_STEP}, "metric" fill(none)'
    trends = f'SELECT max("p95_ms") FROM "loadhost_metrics" WHERE {_RUN} {_STEP}, "metric" fill(none)'
    return [
        series("Counters of plugins and loadfiles, per second", target(counted, "$tag_metric"), unit="short"),
        series("Gauges", target(gauges, "$tag_metric"), unit="short"),
        series("Trends, p95", target(trends, "$tag_metric"), unit="ms"),
    ]


def _runs() -> Panel:
    address = (
        f"/d/{OVERVIEW_UID}?var-source=${{source}}&var-test=${{__data.fields.test:percentencode}}&var-run=${{__data.fields.run}}"
        "&from=${__data.fields.started_ms.numeric}&to=${__data.fields.ended_ms.numeric}"
    )
    return table(
        "Runs",
        'SELECT "run", "test", "text", "outcome", "started_ms", "ended_ms" FROM "loadhost_events" '
        "WHERE \"kind\" = 'verdict' ORDER BY time DESC LIMIT 50",
        link={"run": address},
    )


def _annotation() -> dict[str, Any]:
    query = f'SELECT "text", "kind", "source" FROM "loadhost_events" WHERE {_RUN} AND "kind" != \'judgement\''
    return {
        "name": "Events",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "orange",
        "query": query,
        "textColumn": "text",
        "tagsColumn": "kind,source",
        "target": {**target(query, table=True), "textEditor": True},
    }


def comparison() -> dict[str, Any]:
    """Two runs: figures of the whole runs, and their course by the seconds since each began."""
    variables = [
        source_variable(),
        variable("test", "Test", _TESTS),
        variable("run_a", "Run A", _RUNS),
        variable("run_b", "Run B", _RUNS),
    ]
    rows = [(4, _verdicts()), (4, _totals("a")), (4, _totals("b")), (9, [_both()]), (9, _courses())]
    return dashboard(COMPARISON_UID, "loadhost: two runs", variables, rows, [])


# Whatever the time range: the runs may be months apart.
def _verdicts() -> list[Panel]:
    query = 'SELECT last("text") AS "text" FROM "loadhost_events" WHERE "run" = \'$run_{run}\' AND "kind" = \'verdict\''
    return [stat(f"Verdict of run {run.upper()}", query.format(run=run), text=True) for run in "ab"]


def _totals(run: str) -> list[Panel]:
    where = f"\"run\" = '$run_{run}' AND \"name\" = 'Aggregated'"
    columns = {
        "requests": ("requests", "short"),
        "requests/s": ("rps", "reqps"),
        "fail ratio": ("fail_ratio", "percentunit"),
        "p50": ("response_p50_ms", "ms"),
        "p95": ("response_p95_ms", "ms"),
        "p99": ("response_p99_ms", "ms"),
    }
    return [
        stat(f"{run.upper()}: {title}", f'SELECT last("{field}") FROM "loadhost_summary" WHERE {where}', unit=unit)
        for title, (field, unit) in columns.items()
    ]


def _both() -> Panel:
    fields = "requests fail_ratio rps response_p50_ms response_p95_ms response_p99_ms service_p99_ms response_max_ms"
    columns = ", ".join(f'last("{field}") AS "{field}"' for field in fields.split())
    return table(
        "Names, in both runs",
        f'SELECT {columns} FROM "loadhost_summary" WHERE "run" =~ /^($run_a|$run_b)$/ GROUP BY "name", "method", "run"',
        description="Percentiles of the whole runs.",
    )


def _courses() -> list[Panel]:
    def course(title: str, field: str, measurement: str, unit: str, more: str = "") -> Panel:
        query = 'SELECT "elapsed_s", "{field}" AS "{run}" FROM "{measurement}" WHERE "run" = \'$run_{run}\'{more}'
        targets = [
            target(query.format(field=field, measurement=measurement, run=run, more=more), table=True) for run in "ab"
        ]
        return trend(title, "elapsed_s", *targets, unit=unit)

    total = " AND \"name\" = 'Aggregated' AND \"outcome\" = 'all'"
    return [
        course("Response time p95, by seconds since the start", "response_p95_ms", "loadhost_requests", "ms", total),
        course("Response time p99", "response_p99_ms", "loadhost_requests", "ms", total),
        course("Requests per second", "total_rate", "loadhost_requests", "reqps", total),
        course("Users", "user_count", "loadhost_users", "short"),
    ]
