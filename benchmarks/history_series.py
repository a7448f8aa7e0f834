"""How often `loadhost compare` is right on this machine: ten runs of the same, then one 15 % and one 50 % slower.

    .venv/bin/python -m benchmarks.history_series --seconds 60

Each of the ten is compared with the one before it (a verdict of better or worse is a false alarm), and with all before
it from the third on; then the slower ones with the last, and with all ten. A server of its own answers after 100 ms,
give or take; the history is a file of its own. It wants a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUNS = 10
DELAY_MS, SLOWER = 100.0, (1.15, 1.5)

LOADFILE = """
from loadhost import FastHttpUser, constant, task


class Visitor(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("/")
"""


async def serve(delay_ms: float) -> None:
    """Answer after `delay_ms`, give or take a tenth, until killed. The first line of output is the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(delay_ms / 1000 * random.lognormvariate(0, 0.1))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def server(delay_ms: float) -> Iterator[str]:
    """The server as a child; its address."""
    command = [sys.executable, "-m", "benchmarks.history_series", "--serve", str(delay_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield f"http://127.0.0.1:{child.stdout.readline().strip()}"
        finally:
            child.kill()


def one_run(folder: Path, tag: str, factor: float, seconds: int) -> None:
    """A run that is kept under `tag`."""
    with server(DELAY_MS * factor) as host:
        command = ["run", "loadfile.py", "-H", host, "-u", "20", "-r", "20", "-t", f"{seconds}s", "--run-tag", tag]
        command += ["--history", "runs.db", "--fitness", "warn", "--only-summary"]
        subprocess.run([sys.executable, "-m", "loadhost", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def verdict(folder: Path, before: str, after: str) -> str:
    """What compare says."""
    command = ["compare", before, after, "--history", "runs.db", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "loadhost", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    return str(json.loads(done.stdout)["verdict"])


def series(folder: Path, seconds: int) -> None:
    """All runs and comparisons, each said as it comes."""
    (folder / "loadfile.py").write_text(LOADFILE, encoding="utf-8")
    tags = [f"tag:run{number}" for number in range(RUNS)]
    for number, tag in enumerate(tags):
        one_run(folder, tag[4:], 1.0, seconds)
        if number:
            line = f"run {number + 1} against the one before: {verdict(folder, tags[number - 1], tag)}"
            several = f"; against all before: {verdict(folder, ','.join(tags[:number]), tag)}" if number > 1 else ""
            print(line + several, flush=True)
    for factor in SLOWER:
        one_run(folder, f"slower{factor}", factor, seconds)
        slow = f"tag:slower{factor}"
        print(
            f"{factor - 1:.0%} slower, against the last: {verdict(folder, tags[-1], slow)}; "
            f"against all: {verdict(folder, ','.join(tags), slow)}",
            flush=True,
        )


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="how long each run is")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        asyncio.run(serve(arguments.serve))
        return
    with tempfile.TemporaryDirectory() as folder:
        series(Path(folder), arguments.seconds)


if __name__ == "__main__":
    main()
