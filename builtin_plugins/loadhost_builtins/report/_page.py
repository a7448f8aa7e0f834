"""The page of one run: all sections put together."""

from __future__ import annotations

from loadhost import RunResult

from loadhost_builtins._texts import clean
from loadhost_builtins.pages import render_page, resource
from loadhost_builtins.report._charts import charts
from loadhost_builtins.report._names import distributions, names_section
from loadhost_builtins.report._tables import (
    clocks_section,
    exceptions_section,
    facts,
    failures_section,
    instrument_section,
    marks_section,
    plugins_section,
    settings_section,
)
from loadhost_builtins.report._verdict import thresholds_section, tiles, verdict_section


def report_page(result: RunResult) -> str:
    """report.html, whole."""
    drawn = charts(result)
    host = result.options.get("host", (None, ""))[0]
    return render_page(
        "report/report.html",
        title=f"{result.outcome.value}: loadhost run {result.run_id}",
        script=resource("report/report.js"),
        data={"charts": drawn, "distributions": distributions(result)},
        host=clean(str(host)) if host else "",
        verdict=verdict_section(result),
        tiles=tiles(result),
        thresholds=thresholds_section(result),
        clocks=clocks_section(result),
        names=names_section(result),
        failures=failures_section(result),
        exceptions=exceptions_section(result),
        instrument=instrument_section(result),
        machine_charts=[chart["id"] for chart in drawn if chart["id"].startswith("machine-")],
        plugins=plugins_section(result),
        settings=settings_section(result),
        facts=facts(result),
        marks=marks_section(result),
    )
