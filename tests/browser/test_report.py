"""The report of a real run in a real browser: nothing said, nothing asked for, readable everywhere, by keyboard too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import LoadhostRun
from playwright.sync_api import Page

pytestmark = pytest.mark.needs_debian("chromium")

LOADFILE = """
import time
from loadhost import User, constant, task

heard = 0

class Shopper(User):
    wait_time = constant(0.01)

    @task
    def browse(self):
        global heard
        heard += 1
        names = ["/", "/cart", '/<script>document.title="evil"</script>', "/" + "very-long-name-" * 20, "/עברית"]
        name = names[heard % 5]
        error = "500 " + name if heard % 9 == 0 else None
        self.environment.requests.record("GET", name, 2.0 + heard % 90, 10, exception=error)
        if heard == 40:
            self.environment.marks.add("deploy", "2.1 is live", source="loadfile")
        if heard == 50:
            raise ValueError(name)

def loadhost_verdict(result):
    from loadhost import Outcome, Verdict
    rules = [{"rule": "p95 < 50ms", "outcome": "failed", "observed": 88.0, "limit": 50.0, "unit": "ms", "reason": "88"},
             {"rule": "rps > 1", "outcome": "passed", "observed": 90.0, "limit": 1.0, "unit": "per_s", "reason": "90"}]
    return Verdict(Outcome.FAILED, "1 threshold of 2 broken", {"thresholds": rules})

loadhost_verdict = __import__("loadhost").hookimpl(loadhost_verdict)
"""
WIDTHS = {"wide": 1400, "phone": 400}
DRAWN = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, place) => place % 4 === 3 && value > 0);
}"""
# The contrast of the text of every element with what lies behind it, by WCAG; the least one.
CONTRAST = """() => {
    const number = (text) => text.match(/[\\d.]+/g).map(Number);
    const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
    let worst = {ratio: 99};
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.offsetParent || element.closest("script")) continue;
        let behind = element;
        while (behind && number(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
        const back = behind ? number(getComputedStyle(behind).backgroundColor) : [255, 255, 255];
        const [one, other] = [light(number(getComputedStyle(element).color)), light(back)];
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < worst.ratio) worst = {ratio, text: element.textContent.trim().slice(0, 60), of: element.className};
    }
    return worst;
}"""
INTRUDE = """() => {
    const script = document.createElement("script");
    script.textContent = "window.evil = 1";
    document.body.append(script, Object.assign(new Image(), {src: "http://127.0.0.1:9/x"}));
}"""


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run of three seconds."""
    run = LoadhostRun(tmp_path_factory.mktemp("run"))
    outcome = run(LOADFILE, "--report-dir", "reports", users=3, spawn_rate=50, run_time=3)
    assert outcome.exit_code == 3, outcome.stderr
    return run.folder / "reports" / "report.html"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, page: Page) -> str:
    page.emulate_media(color_scheme=request.param)
    return str(request.param)


@pytest.fixture(params=list(WIDTHS))
def width(request: pytest.FixtureRequest, page: Page) -> int:
    page.set_viewport_size({"width": WIDTHS[request.param], "height": 900})
    return WIDTHS[request.param]


def plot(page: Page, chart: str) -> Any:
    return page.locator(f"#chart-{chart} .chart-plot")


def test_it_says_nothing_and_asks_for_nothing(open_file: Callable[..., Page], report: Path, watch: Any) -> None:
    page = open_file(report)
    page.locator("summary").first.click()
    page.mouse.wheel(0, 20_000)
    page.wait_for_timeout(200)
    assert watch.said == []
    assert watch.requests == [report.as_uri()]


def test_the_policy_is_in_force(open_file: Callable[..., Page], report: Path, watch: Any) -> None:
    """A script that got in by some other way does not run, and nothing can be fetched."""
    page = open_file(report)
    page.evaluate(INTRUDE)
    page.wait_for_timeout(100)
    assert page.evaluate("window.evil") is None
    assert any("Content Security Policy" in line for line in watch.said)


def test_no_name_becomes_a_script(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    assert page.title().startswith("failed: loadhost run ")
    assert page.get_by_text('/<script>document.title="evil"</script>').count() >= 2


def test_every_chart_is_drawn(open_file: Callable[..., Page], report: Path, scheme: str, width: int) -> None:
    page = open_file(report)
    canvases = page.locator(".chart canvas, canvas.spark")
    assert page.locator(".chart").count() >= 4
    assert canvases.count() >= 10
    for canvas in canvases.all():
        assert canvas.evaluate(DRAWN)


def test_nothing_is_wider_than_the_page(open_file: Callable[..., Page], report: Path, width: int) -> None:
    page = open_file(report)
    for details in page.locator("details").all():
        details.evaluate("details => details.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_text_has_contrast(open_file: Callable[..., Page], report: Path, scheme: str) -> None:
    """4.5 to 1, as WCAG asks for."""
    worst = open_file(report).evaluate(CONTRAST)
    assert worst["ratio"] >= 4.5, worst


def test_the_schemes_look_different(open_file: Callable[..., Page], report: Path, page: Page) -> None:
    open_file(report)
    seen = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(seen) == 2


def test_arrow_keys_read_a_chart_out(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    chart = plot(page, "times")
    chart.focus()
    page.keyboard.press("ArrowRight")
    first = chart.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    second = chart.get_attribute("aria-valuetext")
    assert first is not None
    assert "p95" in first
    assert first != second
    assert page.locator("#chart-times .chart-readout").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#chart-times .chart-readout").is_hidden()


def test_every_chart_can_be_reached_by_the_tab_key_and_says_what_it_is(
    open_file: Callable[..., Page], report: Path
) -> None:
    page = open_file(report)
    for chart in page.locator(".chart-plot").all():
        assert chart.get_attribute("tabindex") == "0"
        assert chart.get_attribute("role") == "slider"
        assert chart.get_attribute("aria-label")
        assert chart.get_attribute("aria-valuetext")


def test_a_pointer_reads_out_and_the_other_charts_follow(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    plot(page, "rates").hover(position={"x": 200, "y": 60})
    assert "Requests" in page.locator("#chart-rates .chart-readout").inner_text()
    before = plot(page, "users").screenshot()
    plot(page, "rates").hover(position={"x": 120, "y": 60})
    assert plot(page, "users").screenshot() != before


def test_each_chart_has_a_table(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    page.locator("#chart-times summary").click()
    rows = page.locator("#chart-times tbody tr")
    points = page.evaluate("JSON.parse(document.getElementById('page-data').textContent).charts[0].times.length")
    assert rows.count() == points
    assert "loadfile: 2.1 is live" in page.locator("#chart-times tbody").inner_text()


def test_a_series_can_be_hidden(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    before = plot(page, "times").screenshot()
    button = page.locator("#chart-times .chart-legend button", has_text="p99")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert plot(page, "times").screenshot() != before


def test_the_distribution_of_a_name_is_shown_by_its_row(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    page.get_by_role("button", name="/cart", exact=True).click()
    assert page.locator("#distribution-of option:checked").inner_text() == "GET /cart"
    assert "GET /cart" in page.locator("#chart-distribution .chart-legend").inner_text()


def test_the_table_of_names_can_be_sorted(open_file: Callable[..., Page], report: Path) -> None:
    page = open_file(report)
    cells = page.locator("#names-table tbody td:nth-child(2)")
    page.locator("#names-table thead th", has_text="Requests").get_by_role("button").click()
    counts = [int(text.replace(",", "")) for text in cells.all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert page.locator("#names-table thead th").nth(1).get_attribute("aria-sort") == "descending"


def test_on_paper_there_are_no_controls(open_file: Callable[..., Page], report: Path, page: Page) -> None:
    open_file(report)
    page.emulate_media(media="print")
    assert page.locator("nav.bar").is_hidden()
    assert page.locator("#verdict").is_visible()
    assert page.pdf()[:5] == b"%PDF-"
