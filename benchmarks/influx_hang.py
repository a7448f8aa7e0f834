"""An export that hangs: the same run without the InfluxDB plugin, and with it while the database never answers."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench import Bench, whole
from benchmarks.measuring import Failed, measure
from benchmarks.peers import Generator, Job, Loadhost, OwnCount, read_json
from benchmarks.tables import table

WITHOUT, HANGING = "without", "hanging"
USERS = 50


class Timed(Loadhost):
    """Keeps the run's own p99, in ms, and how many points it wrote to its spool."""

    p99_ms = 0.0
    spooled = 0

    def own_count(self, job: Job) -> OwnCount | None:  # noqa: D102  # as Generator says
        report = read_json(job.folder / "report.json", {})
        self.p99_ms = float(report.get("totals", {}).get("response_time_ms", {}).get("p99", 0.0))
        for part in report.get("verdict", {}).get("parts", ()):
            self.spooled += part["evidence"].get("spooled", 0)
        return super().own_count(job)


def run(bench: Bench) -> dict[str, Any]:
    """By variant, in turns: requests per second as the target counts them, CPU per request, and p99."""
    if find_spec("loadhost_influx") is None:
        return {"skipped": "it needs loadhost-influx: pip install -e contrib/loadhost-influx"}
    rows: dict[str, list[dict[str, float]]] = {WITHOUT: [], HANGING: []}
    with hanging_database() as url:
        for number in range(bench.rounds):
            for variant, samples in rows.items():
                try:
                    samples.append(row := one(bench, url if variant == HANGING else None))
                except (Failed, OSError) as error:
                    print(f"  {variant}: {error}", file=sys.stderr, flush=True)
                    continue
                bench.say(
                    f"influx_hang {number + 1}/{bench.rounds} {variant:8} {row['rps']:9,.0f}/s "
                    f"{row['cpu_us']:7.2f} us, p99 {row['p99_ms']:.2f} ms"
                )
    return {"samples": rows}


def one(bench: Bench, influx_url: str | None) -> dict[str, float]:
    """One measurement. Raises Failed, also if the plugin had nothing to deliver."""
    generator = Timed(bench.parts.programs["loadhost"])

    def make(folder: Path) -> tuple[Generator, Job]:
        seconds = whole(bench.seconds + 2.5)
        more = export_to(influx_url, folder) if influx_url else ()
        return generator, Job(bench.target.url, folder, USERS, seconds, more=more)

    sample = measure(make, bench.target, bench.seconds, bench.pinned)
    if influx_url and not generator.spooled:
        raise Failed("the plugin left no points in its spool: this compared nothing")
    return {
        "rps": sample.rps,
        "cpu_us": sample.cpu_us,
        "p99_ms": generator.p99_ms,
        "spooled": float(generator.spooled),
    }


def export_to(url: str, folder: Path) -> tuple[str, ...]:
    """The plugin's options: points each second, which is five times as often as by default."""
    return (
        f"--influx-url={url}",
        "--influx-database=load",
        "--influx-interval=1s",
        "--influx-drain=0.1s",
        f"--influx-spool={folder / 'spool'}",
    )


@contextmanager
def hanging_database() -> Iterator[str]:
    """An address where connections are taken, by the kernel, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def section(result: dict[str, Any]) -> str:
    """Of the report: both variants, and what the hanging export costs."""
    title = "## An export that hangs\n\n"
    if "skipped" in result:
        return f"{title}Left out: {result['skipped']}.\n"
    samples: dict[str, list[dict[str, float]]] = result["samples"]
    middle = {
        variant: {key: median(each[key] for each in found) for key in ("rps", "cpu_us", "p99_ms")}
        for variant, found in samples.items()
        if found
    }
    rows: list[tuple[str, ...]] = [
        (variant, f"{row['rps']:,.0f}", f"{row['cpu_us']:.1f}", f"{row['p99_ms']:.2f}")
        for variant, row in middle.items()
    ]
    if len(middle) == 2:
        changes = (middle[HANGING][key] / middle[WITHOUT][key] - 1 for key in ("rps", "cpu_us", "p99_ms"))
        rows.append(("difference", *(f"{change:+.1%}" for change in changes)))
        noise = (spread(samples[WITHOUT], key) for key in ("rps", "cpu_us", "p99_ms"))
        rows.append(("spread of the rounds without", *(f"{width:.1%}" for width in noise)))
    head = ("the InfluxDB plugin", "requests per second", "us of CPU per request", "p99 in ms")
    return (
        f"{title}FastHttpUser, GET, {USERS} users, without the InfluxDB plugin and with it while its database takes "
        "connections and never answers, in turns. Points are written each second and go to the spool on disk.\n\n"
    ) + table(head, rows, right=(1, 2, 3))


def spread(samples: list[dict[str, float]], key: str) -> float:
    """How far the rounds lie apart, as a share of their middle."""
    values = [each[key] for each in samples]
    return (max(values) - min(values)) / median(values)
