"""The chart module by itself, as the live page uses it: new data, gaps, limits, two series side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from loadhost_builtins.charts import chart_module, chart_style
from playwright.sync_api import Page

pytestmark = pytest.mark.needs_debian("chromium")

DATA = {
    "title": "Response time", "unit": "ms", "times": [0, 1, 2, 3], "end": 4,
    "series": [{"name": "p95", "values": [10, None, 30, 40], "color": "blue", "kind": "line"}],
    "limits": [{"value": 35, "label": "p95 < 35ms", "broken": True}], "marks": [{"time": 2, "label": "deploy"}],
}  # fmt: skip
COLOURS = """() => {
    const canvas = document.querySelector("canvas");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set();
    for (let place = 0; place < data.length; place += 4) found.add(data.slice(place, place + 4).join());
    return [...found];
}"""


@pytest.fixture
def chart(page: Page, watch: Any) -> Iterator[Page]:
    """A page with one chart of DATA, as window.chart."""
    script = f"{chart_module()}\nObject.assign(window, {{TimeChart, Distribution, format}});"
    page.set_content(f"<style>{chart_style()}</style><div id=place></div><script type=module>{script}</script>")
    page.evaluate("data => { window.chart = new TimeChart(document.getElementById('place'), data); }", DATA)
    yield page
    assert watch.said == []


def plot(page: Page) -> Any:
    return page.locator(".chart-plot")


def test_new_data_replaces_the_old(chart: Page) -> None:
    data = {**DATA, "times": [0, 1], "series": [{**DATA["series"][0], "values": [5, 6]}], "marks": []}
    plot(chart).focus()
    chart.keyboard.press("End")
    chart.evaluate("data => chart.update(data)", data)
    assert plot(chart).get_attribute("aria-valuemax") == "1"
    chart.keyboard.press("End")
    assert plot(chart).get_attribute("aria-valuetext") == "0:01, p95 6 ms"


def test_a_gap_is_read_out_as_one(chart: Page) -> None:
    plot(chart).focus()
    for _ in range(2):
        chart.keyboard.press("ArrowRight")
    assert plot(chart).get_attribute("aria-valuetext") == "0:01, p95 –"


def test_a_mark_is_read_out_where_it_is(chart: Page) -> None:
    plot(chart).focus()
    for _ in range(3):
        chart.keyboard.press("ArrowRight")
    assert plot(chart).get_attribute("aria-valuetext") == "0:02, p95 30 ms, deploy"


def test_a_broken_limit_is_red(chart: Page) -> None:
    assert "217,45,58,255" in chart.evaluate(COLOURS)


def test_no_data_is_said(chart: Page) -> None:
    chart.evaluate("data => chart.update(data)", {**DATA, "times": [], "series": [{**DATA["series"][0], "values": []}]})
    assert len(chart.evaluate(COLOURS)) > 1  # the words
    plot(chart).focus()
    chart.keyboard.press("ArrowRight")


def test_two_runs_are_shown_in_one_distribution(chart: Page) -> None:
    chart.evaluate(
        """data => { chart.destroy(); window.chart = new Distribution(document.getElementById('place'), data); }""",
        {
            "title": "Before and after", "unit": "ms", "edges": [1, 10, 100],
            "series": [{"name": "before", "counts": [9, 1], "color": "grey"},
                       {"name": "after", "counts": [1, 9], "color": "blue"}],
        },
    )  # fmt: skip
    assert chart.locator(".chart-legend").inner_text().split() == ["before", "after"]
    plot(chart).focus()
    chart.keyboard.press("Home")
    said = plot(chart).get_attribute("aria-valuetext") or ""
    assert said.startswith("1 ms to 10 ms, before 9 (90 %)")
    assert "after 1 (10 %)" in said


def test_figures_have_their_units(chart: Page) -> None:
    said = chart.evaluate(
        "[format(0.1234, 'ms'), format(12345, 'ms'), format(0.034, 'ratio'), format(1.5e6, 'bytes'), "
        "format(88.4, 'per_s'), format(null, 'ms')]"
    )
    assert said == ["0.123 ms", "12.3 s", "3.4 %", "1.5 MB", "88.4/s", "–"]
