"""The plugin `history`: every run is kept in SQLite, runs are compared, and one can be judged by earlier ones."""

from __future__ import annotations

from loadhost_builtins.history._plugin import HistoryPlugin

__all__ = ["HistoryPlugin"]
