"""Panels of Grafana 10 and later, as plain data: what their makers need to say, and defaults for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Panel = dict[str, Any]
Variable = dict[str, Any]

SOURCE = {"type": "influxdb", "uid": "${source}"}
"""Whatever the data source variable stands for: files that are provisioned can't ask for one."""
WIDTH = 24


def target(query: str, alias: str = "", *, table: bool = False, ref: str = "A") -> dict[str, Any]:
    """One query in InfluxQL."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "query": query,
        "rawQuery": True,
        "resultFormat": "table" if table else "time_series",
        **({"alias": alias} if alias else {}),
    }


def _panel(kind: str, title: str, targets: Iterable[dict[str, Any]], **more: Any) -> Panel:
    named = [{**one, "refId": chr(ord("A") + number)} for number, one in enumerate(targets)]
    return {"type": kind, "title": title, "datasource": SOURCE, "targets": named, **more}


def _field(unit: str, **more: Any) -> dict[str, Any]:
    return {"defaults": {"unit": unit, "min": 0, **more}, "overrides": []}


def series(title: str, *targets: dict[str, Any], unit: str, description: str = "", stacked: bool = False) -> Panel:
    """Lines over time. A step is never shorter than a point stands for: else there would be gaps."""
    custom = {
        "drawStyle": "line",
        "fillOpacity": 15 if stacked else 0,
        "lineWidth": 1,
        "showPoints": "auto",
        "spanNulls": True,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    return _panel(
        "timeseries", title, targets, description=description, interval="$interval", options=options,
        fieldConfig=_field(unit, custom=custom),
    )  # fmt: skip


def trend(title: str, x: str, *targets: dict[str, Any], unit: str) -> Panel:
    """Lines over a number: seconds since the run began, so that two runs lie upon each other."""
    options = {"xField": x, "legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    custom = {"drawStyle": "line", "lineWidth": 1, "showPoints": "auto", "spanNulls": True}
    # The panel wants one frame, of x and of numbers: two runs have no time in common.
    join: list[dict[str, Any]] = [
        {"id": "filterFieldsByName", "options": {"exclude": {"pattern": "/^[Tt]ime$/"}}},
        {"id": "joinByField", "options": {"byField": x, "mode": "outer"}},
    ]
    return _panel(
        "trend", title, targets, options=options, transformations=join, fieldConfig=_field(unit, custom=custom)
    )


def stat(title: str, query: str, *, unit: str = "short", text: bool = False, red_from: float | None = None) -> Panel:
    """One figure, or one text."""
    steps: list[dict[str, Any]] = [{"color": "text", "value": None}]
    if red_from is not None:
        steps.append({"color": "red", "value": red_from})
    reduce = {"calcs": ["lastNotNull"], "fields": "/^text$/" if text else "", "values": False}
    options = {"reduceOptions": reduce, "colorMode": "value", "graphMode": "none", "textMode": "value"}
    field = {"defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps}}, "overrides": []}
    return _panel("stat", title, [target(query, table=text)], options=options, fieldConfig=field)


def table(title: str, query: str, *, link: Mapping[str, str] | None = None, description: str = "") -> Panel:
    """Rows and columns; `link`: {column: address}."""
    overrides = [
        {
            "matcher": {"id": "byName", "options": column},
            "properties": [{"id": "links", "value": [{"title": "Show this run", "url": address}]}],
        }
        for column, address in (link or {}).items()
    ]
    field: dict[str, Any] = {"defaults": {"custom": {"filterable": True}}, "overrides": overrides}
    return _panel("table", title, [target(query, table=True)], description=description, options={}, fieldConfig=field)


def heatmap(title: str, query: str, description: str) -> Panel:
    """Rows are the series, named by the upper bound of a bucket in ms."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {"mode": "scheme", "scheme": "Turbo", "steps": 64, "scale": "exponential", "exponent": 0.5},
        "rowsFrame": {"layout": "le", "value": "requests"},
        "yAxis": {"axisPlacement": "left", "unit": "ms"},
        "filterValues": {"le": 1e-9},
        "tooltip": {"mode": "single", "yHistogram": True},
        "legend": {"show": True},
    }
    return _panel(
        "heatmap", title, [target(query, "$tag_le")], description=description, interval="$interval", options=options,
        fieldConfig={"defaults": {}, "overrides": []},
    )  # fmt: skip


def variable(name: str, label: str, query: str, *, many: bool = False, hide: bool = False) -> Variable:
    """Filled by a query, newest first; with `many`, all or some can be chosen."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "sort": 1 if many else 2,
        "multi": many,
        "includeAll": many,
        **({"allValue": ".*", "current": {"text": "All", "value": "$__all"}} if many else {}),
        **({"hide": 2} if hide else {}),
    }


def source_variable() -> Variable:
    """Which data source: any of the type."""
    return {"name": "source", "label": "Data source", "type": "datasource", "query": "influxdb", "refresh": 1}


def interval_variable() -> Variable:
    """How long a stretch a point stands for: that of the run, by default 5 s."""
    steps = ["1s", "5s", "10s", "30s", "1m", "5m"]
    options = [{"text": step, "value": step, "selected": step == "5s"} for step in steps]
    return {
        "name": "interval",
        "label": "Point",
        "description": "The --influx-interval of the run, or longer",
        "type": "custom",
        "query": ",".join(steps),
        "options": options,
        "current": {"text": "5s", "value": "5s"},
    }


def dashboard(
    uid: str, title: str, variables: list[Variable], rows: list[tuple[int, list[Panel]]], annotations: list[Panel]
) -> dict[str, Any]:
    """The whole; `rows`: height and panels of each row, which share its width."""
    panels: list[Panel] = []
    top = 0
    for height, row in rows:
        width = WIDTH // len(row)
        for number, panel in enumerate(row):
            place = {"x": number * width, "y": top, "w": width, "h": height}
            panels.append({"id": len(panels) + 1, "gridPos": place, **panel})
        top += height
    return {
        "uid": uid,
        "title": title,
        "tags": ["loadhost"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "5s",
        "templating": {"list": variables},
        "annotations": {"list": annotations},
        "panels": panels,
    }
