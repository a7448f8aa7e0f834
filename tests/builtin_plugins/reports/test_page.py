"""report.html: complete, in the order in which it is read, closed to the outside, harmless whatever names hold."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from loadhost import Outcome, UsageError, Verdict
from loadhost_builtins.pages import embedded_json
from loadhost_builtins.report import ReportPlugin
from loadhost_builtins.report._page import report_page
from loadhost_hookspecs import Mark, RunResult, VerdictPart

from .conftest import HOSTILE


class Page(HTMLParser):
    """The page taken apart: tags with their attributes, and the text of script, style and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style", "h1", "h2"):
            self._open = tag
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    @property
    def policy(self) -> str:
        return next(
            each["content"] or "" for tag, each in self.tags if each.get("http-equiv") == "Content-Security-Policy"
        )

    @property
    def data(self) -> Any:
        return json.loads(self.texts["script"][0])


@pytest.fixture(scope="module")
def text(real: RunResult) -> str:
    return report_page(real)


@pytest.fixture(scope="module")
def parts(text: str) -> Page:
    return Page(text)


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_sections_come_in_the_order_in_which_they_are_read(parts: Page) -> None:
    """The verdict first."""
    assert "Failed" in parts.texts["h1"][0]
    assert parts.texts["h2"] == [
        "What the verdict is made of", "Thresholds", "Over time", "Both clocks", "Names", "Failures", "The instrument",
        "Plugins: what they did, and what it cost", "Settings",
    ]  # fmt: skip


def test_the_policy_lets_in_the_script_and_the_style_of_the_page_and_nothing_else(parts: Page) -> None:
    script, style = parts.texts["script"][1], parts.texts["style"][0]
    assert parts.policy == (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_in_the_page_refers_to_the_outside(parts: Page) -> None:
    keys = ("src", "href", "action", "srcset")
    found = [value or "" for _, each in parts.tags for key, value in each.items() if key in keys]
    assert [value for value in found if not value.startswith(("#", "data:"))] == []


def test_no_tag_has_a_style_or_a_handler_of_its_own(parts: Page) -> None:
    """The policy would refuse them, with a line in the console."""
    keys = {key for _, each in parts.tags for key in each}
    assert [key for key in keys if key == "style" or key.startswith("on")] == []


def test_every_rule_is_there_with_observed_limit_and_outcome(text: str) -> None:
    for shown in ("p95 &lt; 300ms", "412.0 ms", "300.0 ms", "p95 412 ms is not below 300 ms", "not judged", "at "):
        assert shown in text
    assert text.count('class="gauge') == 2  # the third has nothing to draw


def test_every_name_has_a_row_and_a_distribution(parts: Page, real: RunResult) -> None:
    assert {each["name"] for each in parts.data["distributions"]} == {
        "All requests", *(f"{entry.method} {entry.name}" for entry in real.entries),
    }  # fmt: skip
    for each in parts.data["distributions"]:
        assert len(each["counts"]) == len(each["edges"]) - 1
    assert sum(parts.data["distributions"][0]["counts"]) == real.totals.requests


def test_the_charts_have_every_window_and_the_marks(parts: Page, real: RunResult) -> None:
    charts = {chart["id"]: chart for chart in parts.data["charts"]}
    assert {"times", "rates", "users"} <= set(charts)
    for chart in charts.values():
        assert all(len(series["values"]) == len(real.windows) == len(chart["times"]) for series in chart["series"])
    assert "loadfile: 2.1 is live" in [mark["label"] for mark in charts["times"]["marks"] if mark["strong"]]
    assert [limit["label"] for limit in charts["times"]["limits"]] == ["p95 < 300ms"]


def test_requests_of_the_charts_are_those_of_the_run(parts: Page, real: RunResult) -> None:
    rates = next(chart for chart in parts.data["charts"] if chart["id"] == "rates")["series"][0]["values"]
    counted = sum(rate * window.duration for rate, window in zip(rates, real.windows, strict=True))
    assert counted == pytest.approx(real.totals.requests, rel=0.01)


def test_failures_exceptions_and_the_mark_are_there_without_secrets(text: str) -> None:
    assert "refused by http://***@shop.test" in text
    assert "Traceback" in text
    assert "2.1 is live" in text
    assert "ann:pw" not in text


def test_the_run_and_what_made_it_are_named(text: str, real: RunResult) -> None:
    import loadhost

    assert real.run_id in text
    assert f"loadhost {loadhost.__version__}" in text


def test_nothing_that_a_stranger_names_gets_out_of_its_place(hostile: RunResult, parts: Page) -> None:
    """The same tags as a page of harmless names, no control character, no direction mark, no lone surrogate."""
    text = report_page(hostile)
    assert "<script>alert" not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    own = Page(text)
    assert len(own.texts["script"]) == 2
    assert {key for _, each in own.tags for key in each} <= {key for _, each in parts.tags for key in each}
    text.encode("utf-8")


def test_the_settings_have_their_sources(text: str, real: RunResult) -> None:
    assert real.options
    assert "at their defaults" in text


def test_five_thousand_names_make_a_page_of_bounded_size(many: RunResult) -> None:
    """With a note."""
    text = report_page(many)
    assert len(text) < 2_000_000
    assert text.count("data-value=") == 500 * 9
    assert "5,000 names: the 400 most frequent and, of the others, the 100 with the longest p99 are shown" in text
    assert "report.json has them all" in text


def test_of_many_names_the_slowest_are_among_those_shown(many: RunResult) -> None:
    assert "/product/4999<" in report_page(many)


def test_a_run_without_anything_has_a_page(run: Any) -> None:
    text = report_page(run.result())
    assert "No rule was broken" in text
    assert "nan" not in text.lower().replace("finance", "")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_page(outcome: Outcome, shopping: Any) -> None:
    part = VerdictPart("p", Verdict(outcome, "why"))
    own = Page(report_page(shopping.result(outcome=outcome, parts=(part,), verdict="why", interrupted_by="SIGINT")))
    assert outcome.value.capitalize() in own.texts["h1"][0]


@pytest.mark.parametrize("evil", ["</script><script>", "<!--<script>", "&lt;", "\u2028", HOSTILE])
def test_data_in_the_page_comes_back_as_it_was(evil: str) -> None:
    text = embedded_json({"x": evil})
    assert json.loads(text) == {"x": evil}
    assert not set("<>&") & set(text)


def test_it_is_written_into_the_folder(written: Callable[..., Path], real: RunResult) -> None:
    folder = written(ReportPlugin(), real)
    assert os.listdir(folder) == ["report.html"]
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_folder_that_cannot_be_is_refused_before_the_run(config: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"^--report-dir .*file/report.html: can't be written: Not a directory"):
        ReportPlugin().loadhost_configure(config(report_dir=tmp_path / "file"))


def test_without_its_option_and_on_workers_nothing_is_written(
    config: Any, tmp_path: Path, shopping: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for settings in (config(), config(report_dir=None), config("worker", report_dir=tmp_path / "x")):
        plugin = ReportPlugin()
        plugin.loadhost_configure(settings)
        plugin.loadhost_run_finished(shopping.result())
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_one_line(
    written: Callable[..., Path], shopping: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.html").symlink_to("/dev/full")
    written(ReportPlugin(), shopping.result())
    [line] = caplog.messages
    assert line.startswith("--report-dir: ")
    assert line.endswith("report.html could not be written: No space left on device; the run's other results are kept")


def test_marks_beyond_those_shown_are_counted(many: RunResult) -> None:
    assert "and 800 more" in report_page(many)


def test_a_mark_of_the_core_is_a_quiet_one(shopping: Any) -> None:
    result = replace(shopping.result(), marks=(Mark(shopping.result().started_s, "loadhost", "start", "it begins"),))
    assert Page(report_page(result)).data["charts"][0]["marks"] == [
        {"time": 0.0, "label": "loadhost: it begins", "strong": False}
    ]
