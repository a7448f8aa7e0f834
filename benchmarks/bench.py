"""What every case needs: the parts, the cores, the target, and how long it may take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.machine import Cores
from benchmarks.measuring import Failed, Sample, measure
from benchmarks.nginx import Nginx
from benchmarks.parts import Parts
from benchmarks.peers import GENERATORS, Generator, Job


@dataclass(frozen=True)
class Bench:
    """Handed to each case."""

    parts: Parts
    pinned: Cores
    target: Nginx
    seconds: float
    """How long each measurement looks."""
    rounds: int
    """How often each generator is measured, in turns."""
    quick: bool

    def say(self, line: str) -> None:
        """For who waits in front of it."""
        print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)

    def has(self, peer: str) -> bool:
        """Whether it can take part."""
        return peer in self.parts.programs

    def generator(self, peer: str) -> Generator:
        """Ready to be asked for its command."""
        return GENERATORS[peer](self.parts.programs[peer])

    def sample(self, peer: str, job: Callable[[Path], Job]) -> Sample | None:
        """One measurement; None, and a line that says why, if it fails."""

        def make(folder: Path) -> tuple[Generator, Job]:
            it = job(folder)
            # Its own start, the ramp, our window; and some time left, so that it doesn't end within.
            return self.generator(peer), replace(it, seconds=whole(self.seconds + it.start_s + 1.5))

        try:
            return measure(make, self.target, self.seconds, self.pinned)
        except (Failed, OSError) as error:
            print(f"  {peer}: {error}", file=sys.stderr, flush=True)
            return None


def whole(seconds: float) -> int:
    """Rounded up: wrk and hey take whole seconds."""
    return int(-(-seconds // 1))
