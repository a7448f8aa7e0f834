"""Histogram, entries, windows and metrics: the numbers of a run, behind `loadhost.stats`."""
