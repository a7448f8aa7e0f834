"""Metrics: plugins' own counters, gauges and trends, `environment.metrics`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

from loadhost_hookspecs import MetricFigures

from loadhost._numbers.caps import OTHER, Cap, Caps
from loadhost._numbers.histogram import Histogram

Labels = tuple[tuple[str, str], ...]


class Metric:
    """One metric with one set of labels. Keep it: finding it again costs more than adding to it."""

    kind = ""

    def __init__(self, name: str, labels: Labels) -> None:
        self.name, self.labels = name, labels
        self.reset()

    def cut(self) -> MetricFigures | None:
        """The figures of the open window, which is closed by it; None if there is nothing to say."""
        raise NotImplementedError

    def total(self) -> MetricFigures | None:
        """The figures of the whole run; None if there is nothing to say."""
        raise NotImplementedError

    def reset(self) -> None:
        """Back to nothing. The object stays good."""
        raise NotImplementedError

    def _figures(self, value: float, histogram: Histogram | None = None) -> MetricFigures:
        frozen = histogram.freeze() if histogram is not None else None
        return MetricFigures(self.name, self.labels, self.kind, value, frozen)


class Counter(Metric):
    """Something that is counted: orders placed, bytes written."""

    kind = "counter"
    _open: float
    _closed: float

    def add(self, n: float = 1) -> None:
        """Add `n`, which is not negative."""
        if not 0 <= n < math.inf:
            raise ValueError(f"counter {self.name!r} only goes up: add 0 or more, or use a gauge; got {n!r}")
        self._open += n

    def cut(self) -> MetricFigures | None:
        """What was added since the last cut; None if nothing was."""
        added, self._open = self._open, 0
        self._closed += added
        return self._figures(added) if added else None

    def total(self) -> MetricFigures:
        """What was added in the whole run."""
        return self._figures(self._closed + self._open)

    def reset(self) -> None:
        """Back to 0."""
        self._open = self._closed = 0


class Gauge(Metric):
    """Something that has a value at any time: the length of a queue."""

    kind = "gauge"
    _value: float | None
    _shown: MetricFigures | None

    def set(self, value: float) -> None:
        """Set it to `value`, a finite number."""
        if not math.isfinite(value):
            raise ValueError(f"gauge {self.name!r} takes a finite number; got {value!r}")
        self._value = value

    def cut(self) -> MetricFigures | None:
        """The last value set, in this window or before; None if none was."""
        # Unchanged figures are one object in all windows: ten thousand idle gauges must not fill the memory.
        if self._value is not None and (self._shown is None or self._shown.value != self._value):
            self._shown = self._figures(self._value)
        return self._shown

    total = cut

    def reset(self) -> None:
        """Back to no value."""
        self._value = self._shown = None


class Trend(Metric):
    """Times of something that is no request, as a histogram."""

    kind = "trend"
    _open: Histogram
    _closed: Histogram

    def add(self, ms: float) -> None:
        """Add one time, in ms."""
        self._open.record(ms)

    def cut(self) -> MetricFigures | None:
        """The times since the last cut; None if there were none."""
        times, self._open = self._open, Histogram()
        self._closed.add(times)
        return self._figures(times.count, times) if times.count else None

    def total(self) -> MetricFigures:
        """The times of the whole run."""
        times = self._closed.copy()
        times.add(self._open)
        return self._figures(times.count, times)

    def reset(self) -> None:
        """Back to empty."""
        self._open, self._closed = Histogram(), Histogram()


_M = TypeVar("_M", Counter, Gauge, Trend)


class Metrics:
    """All metrics of a run, by name and labels. A name has one kind; names and label sets are capped."""

    def __init__(self, caps: Caps | None = None) -> None:
        self.caps = caps or Caps()
        self._families: dict[str, dict[Labels, Metric]] = {}
        self._new_caps()

    def counter(self, name: str, labels: Mapping[str, object] | None = None) -> Counter:
        """The counter `name` with these labels, made when first asked for."""
        return self._metric(Counter, name, labels)

    def gauge(self, name: str, labels: Mapping[str, object] | None = None) -> Gauge:
        """The gauge `name` with these labels, made when first asked for."""
        return self._metric(Gauge, name, labels)

    def trend(self, name: str, labels: Mapping[str, object] | None = None) -> Trend:
        """The trend `name` with these labels, made when first asked for."""
        return self._metric(Trend, name, labels)

    def cut(self) -> tuple[MetricFigures, ...]:
        """Close the open window of all metrics: the figures of those that have something to say in it."""
        return tuple(figures for metric in self._all() if (figures := metric.cut()) is not None)

    def totals(self) -> tuple[MetricFigures, ...]:
        """The figures of the whole run so far."""
        return tuple(figures for metric in self._all() if (figures := metric.total()) is not None)

    def reset(self) -> None:
        """All back to nothing. Metrics that plugins hold stay good, so they stay known."""
        for metric in self._all():
            metric.reset()
        self._new_caps()

    @property
    def capped(self) -> dict[str, int]:
        """How often a cap sent someone who asked for a metric to `__other__`."""
        return {"metrics": self._names.over, "metric_labels": self._label_sets.over}

    def _all(self) -> list[Metric]:
        return [metric for family in self._families.values() for metric in family.values()]

    def _new_caps(self) -> None:
        self._names = Cap(self.caps.metrics, "different metrics", "What varies belongs into labels.")
        self._label_sets = Cap(
            self.caps.metric_labels, "different sets of labels of one metric", "Ids and times make no labels."
        )

    def _metric(self, kind: type[_M], name: str, labels: Mapping[str, object] | None) -> _M:
        if name not in self._families and not self._names.has_room(len(self._families)):
            # Told apart by kind: a counter and a gauge can't share a row.
            name, labels = OTHER, {"kind": kind.kind}
        family = self._families.setdefault(name, {})
        key = _label_key(labels)
        metric = family.get(key)
        if metric is None:
            _check_kind(kind, next(iter(family.values()), None))
            if not self._label_sets.has_room(len(family)):
                key = ((OTHER, OTHER),)
            metric = family.setdefault(key, kind(name, key))
        if isinstance(metric, kind):
            return metric
        raise _two_kinds(metric, kind)


def _check_kind(kind: type[Metric], sibling: Metric | None) -> None:
    """A name has one kind, whatever its labels; only `__other__` has all."""
    if sibling is not None and sibling.name != OTHER and not isinstance(sibling, kind):
        raise _two_kinds(sibling, kind)


def _two_kinds(metric: Metric, kind: type[Metric]) -> ValueError:
    return ValueError(
        f"metric {metric.name!r} is a {metric.kind}, it can't be a {kind.kind} as well; "
        f"give the {kind.kind} another name"
    )


def _label_key(labels: Mapping[str, object] | None) -> Labels:
    if not labels:
        return ()
    return tuple(sorted((str(name), str(value)) for name, value in labels.items()))
