"""The plugin `report`: --report-dir DIR, and in it report.html, a page in one file that opens anywhere."""

from __future__ import annotations

from loadhost_builtins.report._plugin import ReportPlugin

__all__ = ["ReportPlugin"]
