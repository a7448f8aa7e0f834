"""`python -m loadhost.testing.shop`: a small web shop on loopback to test against, in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from loadhost.testing._faults import Faults
from loadhost.testing._shop_log import RequestLog
from loadhost.testing._shop_server import ShopConnection, ShopServer

_HOST = "127.0.0.1"


def main(argv: list[str] | None = None) -> int:
    """Serve until the parent goes or a signal comes. Prints one line of JSON with the address once it listens."""
    arguments = _parser().parse_args(argv)
    _allow_many_connections()
    try:
        return asyncio.run(_serve(arguments))
    except OSError as error:
        print(f"The shop could not start: {error.strerror or error} ({_subject(arguments, error)})", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadhost.testing.shop", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0, the default, takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same sleeps and failures (default 1)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append a line per request to FILE")
    parser.add_argument("--break", dest="broken", action="store_true", help="every request fails with 503")
    return parser


def _subject(arguments: argparse.Namespace, error: OSError) -> str:
    return str(error.filename) if error.filename else f"{_HOST}:{arguments.port}; --port 0 takes a free port"


async def _serve(arguments: argparse.Namespace) -> int:
    loop = asyncio.get_running_loop()
    log = RequestLog(arguments.log)
    faults = Faults(fail_ratio=1.0) if arguments.broken else Faults()
    shop = ShopServer(seed=arguments.seed, log=log, faults=faults)
    server = await loop.create_server(lambda: ShopConnection(shop, loop), _HOST, arguments.port, backlog=2048)
    ended = asyncio.Event()
    _end_with_signals(loop, ended.set)
    parent = os.getppid() if _end_with_parent(loop, ended.set) else None
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"http://{_HOST}:{port}", "port": port, "pid": os.getpid()}), flush=True)
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 0.5)
        log.flush()
        # A child that the parent forked holds the pipe open when the parent is gone.
        if parent is not None and os.getppid() != parent:
            ended.set()
    server.close()
    log.close()
    return 0


def _end_with_signals(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)


def _end_with_parent(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> bool:
    """A pipe as standard input is the parent's hand: when it closes, for whatever reason, the shop ends.

    A terminal or /dev/null says nothing about the parent and is not watched. Whether it is watched is the answer.
    """
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return False

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            end()

    loop.add_reader(0, read)
    return True


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):  # macOS refuses "unlimited"
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
