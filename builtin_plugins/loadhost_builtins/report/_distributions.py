"""Distributions for charts: the buckets of a histogram in a few classes, equally wide on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from loadhost_hookspecs import HistogramView

CLASSES = 48
_NARROWEST = 1.016
"""Classes are not narrower than two buckets of the histogram (0.8 %), or every other one would be empty."""
_SMALLEST_MS = 0.001


def distribution(times: HistogramView, percentiles: Sequence[tuple[str, float]]) -> dict[str, Any] | None:
    """{edges, counts, lines} as the chart module takes them; None if nothing was measured. Times in ms."""
    if not times.count:
        return None
    edges = class_edges(times.min, times.max)
    counts = [0] * (len(edges) - 1)
    for low, high, count in times.buckets():
        middle = min(max((low + high) / 2, edges[0]), edges[-1])
        counts[_class_of(middle, edges)] += count
    lines = [{"label": label, "value": round(times.percentile(share), 3)} for label, share in percentiles]
    return {"edges": [float(f"{edge:.5g}") for edge in edges], "counts": counts, "lines": lines}


def class_edges(smallest_ms: float, largest_ms: float) -> list[float]:
    """The bounds of the classes, ascending."""
    low = max(smallest_ms, _SMALLEST_MS)
    high = max(largest_ms, low * _NARROWEST)
    span = math.log(high / low)
    # Below 0.256 ms a bucket is a microsecond: no more classes than there are of those.
    classes = max(min(CLASSES, int(span / math.log(_NARROWEST)), round((high - low) * 1000)), 1)
    return [low * math.exp(span * place / classes) for place in range(classes)] + [high]


def _class_of(value: float, edges: Sequence[float]) -> int:
    classes, span = len(edges) - 1, math.log(edges[-1] / edges[0])
    place = math.log(value / edges[0]) / span * classes
    return min(max(int(place), 0), classes - 1)
