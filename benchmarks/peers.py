"""The generators: the command that each is driven by, and how its own count is read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.processes import ROOT

LOADFILES = ROOT / "benchmarks" / "loadfiles"


@dataclass(frozen=True)
class Job:
    """One run of one generator."""

    url: str
    """The target: scheme, host, port."""
    folder: Path
    """For the files of this run; empty."""
    users: int
    seconds: int
    """How long it runs, its start not counted."""
    user: str = "Get"
    """The class of `loadfile`; tools without loadfiles ask `path`."""
    path: str = "/"
    listeners: int = 0
    loadfile: str = "users.py"
    environ: Mapping[str, str] | None = None
    """More variables, for the loadfile."""
    spawn_rate: int | None = None
    """Users per second; None: all in one."""
    start_s: float = 1.0
    """How long it may take to get its users under way."""
    more: tuple[str, ...] = ()
    """More arguments."""


class OwnCount(NamedTuple):
    """What a generator says it did."""

    requests: int
    failures: int


class Generator:
    """`name`; `command(job)` and `environ(job)` say how to run it, `own_count(job)` what it says afterwards."""

    name: str

    def __init__(self, program: str) -> None:
        self.program = program

    def command(self, job: Job) -> list[str]:
        """What to type."""
        raise NotImplementedError

    def environ(self, job: Job) -> dict[str, str]:
        """For the loadfile; and the history of these runs is nobody's."""
        return {
            "LOADHOST_DATA_DIR": str(job.folder),
            "BENCH_TOOL": self.name,
            "BENCH_HOST": job.url,
            "BENCH_LISTENERS": str(job.listeners),
            "BENCH_USERS": str(job.users),
            "BENCH_OUT": str(job.folder / "out.json"),
            **(job.environ or {}),
        }

    def own_count(self, job: Job) -> OwnCount | None:
        """Its own count, or None if it left none."""
        raise NotImplementedError


class Loadhost(Generator):
    """The real command, with its defaults; a report as JSON is written after the run."""

    name = "loadhost"

    def command(self, job: Job) -> list[str]:  # noqa: D102  # as said above
        run = [self.program, "run", str(LOADFILES / job.loadfile), job.user, "-u", str(job.users)]
        run += ["-r", str(job.spawn_rate or job.users), "-t", f"{job.seconds}s", "--only-summary"]
        run += ["--fitness", "warn"]  # it is asked for all it can do
        return [*run, "--json-file", str(job.folder / "report.json"), *job.more]

    def own_count(self, job: Job) -> OwnCount | None:  # noqa: D102
        totals = read_json(job.folder / "report.json", {}).get("totals")
        return OwnCount(totals["requests"], totals["failures"]) if totals else None


class Locust(Generator):
    """The same of Locust. Its reports are written after the run, too, but for the CSV files."""

    name = "locust"

    def command(self, job: Job) -> list[str]:  # noqa: D102
        run = [self.program, "-f", str(LOADFILES / job.loadfile), job.user, "--headless", "-u", str(job.users)]
        run += ["-r", str(job.spawn_rate or job.users), "-t", f"{job.seconds}s", "--only-summary"]
        return [*run, "--json-file", str(job.folder / "report.json"), *job.more]

    def own_count(self, job: Job) -> OwnCount | None:  # noqa: D102
        report = next((path for path in job.folder.glob("report.json*") if path.is_file()), None)
        entries = read_json(report, []) if report else []
        if not entries:
            return None
        return OwnCount(sum(each["num_requests"] for each in entries), sum(each["num_failures"] for each in entries))


class Wrk(Generator):
    """One thread, as many connections as users."""

    name = "wrk"

    def command(self, job: Job) -> list[str]:  # noqa: D102
        return [self.program, "-t1", f"-c{job.users}", f"-d{job.seconds}s", job.url + job.path]

    def own_count(self, job: Job) -> OwnCount | None:  # noqa: D102
        return parse_wrk((job.folder / "run.out").read_text())


class Hey(Generator):
    """One processor, as many workers as users."""

    name = "hey"

    def command(self, job: Job) -> list[str]:  # noqa: D102
        return [self.program, "-cpus", "1", "-c", str(job.users), "-z", f"{job.seconds}s", job.url + job.path]

    def own_count(self, job: Job) -> OwnCount | None:  # noqa: D102
        return parse_hey((job.folder / "run.out").read_text())


class Aiolocust(Generator):
    """One event loop."""

    name = "aiolocust"

    def command(self, job: Job) -> list[str]:  # noqa: D102
        run = [self.program, str(LOADFILES / "aiolocust_users.py"), "-u", str(job.users), "-r", str(job.users)]
        return [*run, "-d", str(job.seconds), "--event-loops", "1"]

    def own_count(self, job: Job) -> OwnCount | None:  # noqa: D102
        return parse_aiolocust((job.folder / "run.out").read_text())


GENERATORS: dict[str, type[Generator]] = {each.name: each for each in (Loadhost, Locust, Wrk, Hey, Aiolocust)}


def parse_wrk(text: str) -> OwnCount | None:
    """Of `1045763 requests in 5.00s, 170.52MB read`, and the lines about errors that may follow."""
    done = re.search(r"(\d+) requests in ", text)
    if done is None:
        return None
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failures = int(wrong[1]) if wrong else 0
    return OwnCount(int(done[1]), failures + (sum(map(int, broken.groups())) if broken else 0))


def parse_hey(text: str) -> OwnCount | None:
    """Of `[200]	12345 responses` per status, and `[3]	Get "http://...": EOF` per error."""
    answers = [(int(status), int(n)) for status, n in re.findall(r"\[(\d{3})\]\s+(\d+) responses", text)]
    if not answers:
        return None
    errors = sum(int(n) for n in re.findall(r"^\s*\[(\d+)\]\s+(?!\d+ responses)", text, flags=re.MULTILINE))
    failures = sum(n for status, n in answers if status >= 400)
    return OwnCount(sum(n for _, n in answers) + errors, failures + errors)


def parse_aiolocust(text: str) -> OwnCount | None:
    """Of its last table's line ` Total  │ 120779 │ 0 (0.0%) │ ...`."""
    rows = re.findall(r"Total\s*│\s*(\d+)\s*│\s*(\d+)", text)
    return OwnCount(int(rows[-1][0]), int(rows[-1][1])) if rows else None


def read_json(path: Path, default: Any) -> Any:
    """What a file says, or the default if there is none."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return default
