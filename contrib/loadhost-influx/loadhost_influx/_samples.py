"""Raw mode: a point for each request, or for a share of them."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from loadhost import RequestSample, hookimpl

from loadhost_influx._points import Run, nanoseconds

SAMPLES = "loadhost_samples"
_REMEMBERED = 20_000


class Samples:
    """A plugin of its own, registered in raw mode only: while nobody implements loadhost_samples, no sample is made."""

    def __init__(
        self,
        run: Run,
        share: float,
        put: Callable[[Iterator[str]], None],
        redact: Callable[[str], str] = str,
    ) -> None:
        self._run, self._share, self._put, self._redact = run, share, put, redact
        self._random = random.Random()
        self.over = False
        """After the drain: what comes is no longer of the run. The plugin stays, for the report to show its cost."""
        # Points of one name at one time would overwrite each other: those that begin in the same microsecond get a
        # nanosecond each. Requests that end 20,000 microseconds' worth of others later are no longer compared.
        self._used: OrderedDict[int, int] = OrderedDict()

    @hookimpl
    def loadhost_samples(self, samples: Sequence[RequestSample]) -> None:
        """Write those that are drawn."""
        if not self.over:
            self._put(self._lines(samples))

    def _lines(self, samples: Sequence[RequestSample]) -> Iterator[str]:
        for sample in samples:
            if self._share >= 1 or self._random.random() < self._share:
                yield from self._point(sample)

    def _point(self, sample: RequestSample) -> Iterator[str]:
        tags = (
            ("method", sample.request_type),
            ("name", self._redact(sample.name)),
            ("outcome", "ok" if sample.error is None else "failed"),
            ("worker", str(sample.worker_index)),
        )
        fields = {
            "response_ms": sample.response_time,
            "service_ms": sample.service_time,
            "bytes": sample.response_length,
            "error": None if sample.error is None else self._redact(sample.error),
        }
        return self._run.point(SAMPLES, tags, fields, self._unique(nanoseconds(sample.start_time)))

    def _unique(self, time_ns: int) -> int:
        while (used := self._used.get(time_ns, 0)) >= 1000:
            time_ns += 1000
        self._used[time_ns] = used + 1
        self._used.move_to_end(time_ns)
        if len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)
        return time_ns + used
