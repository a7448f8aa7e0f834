"""gevent's monkey patching, in the one place that may do it."""

from __future__ import annotations


def patch() -> None:
    """Make the standard library cooperative. Call it before anything imports ssl, requests or flask.

    The `loadhost` command does it first thing; in library use it is the first line of the program. Twice is harmless.
    """
    from gevent import monkey

    if not is_patched():
        monkey.patch_all()


def is_patched() -> bool:
    """Whether sockets of the standard library are gevent's."""
    from gevent import monkey

    return bool(monkey.is_module_patched("socket"))
