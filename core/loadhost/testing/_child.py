"""`python -m loadhost`, allowed to reach loopback addresses only: a test must not load somebody's server."""

from __future__ import annotations

import runpy
import sys
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")


def _refuse_others(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it sees the connects of every client, those of gevent and of C libraries that use socket."""
    if event not in ("socket.connect", "socket.sendto"):
        return
    address = arguments[1]
    if isinstance(address, tuple) and address and not str(address[0]).startswith(_LOOPBACK):
        raise PermissionError(
            f"loadhost_run lets a run reach loopback addresses only, not {address[0]}:{address[1]}; "
            f"loadhost_run(..., any_address=True) allows it"
        )


if __name__ == "__main__":
    sys.addaudithook(_refuse_others)
    sys.argv[0] = "loadhost"
    runpy.run_module("loadhost", run_name="__main__", alter_sys=True)
