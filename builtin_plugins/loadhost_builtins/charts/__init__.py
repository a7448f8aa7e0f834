"""The chart module of loadhost's pages: one ES module on canvas, and its style. No build step, no framework.

charts.js exports TimeChart, Distribution, spark and format; its first comment says what data they take. A page that is
served imports it; a page in one file has it inlined (loadhost_builtins._page does both the hashes and the escaping).
"""

from __future__ import annotations

from importlib.resources import files


def chart_module() -> str:
    """The source of charts.js, an ES module without imports."""
    return _source("charts.js")


def chart_style() -> str:
    """The source of charts.css: the charts and their colours, light and dark, as custom properties."""
    return _source("charts.css")


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
