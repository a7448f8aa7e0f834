"""gevent's monkey patching, in the one place that may do it."""

from __future__ import annotations


def patch() -> None:
    """Make the standard library cooperative. Call it before anything imports ssl, requests or flask.

    The `loadhost` command does it first thing; in library use it is the first line of the program. Twice is harmless.
    """
    import gevent
    from gevent import monkey

    if not is_patched():
        # Where each greenlet was spawned is worth a kilobyte per user to a debugger, and nothing to a load test.
        gevent.config.track_greenlet_tree = False
        monkey.patch_all()


def is_patched() -> bool:
    """Whether sockets of the standard library are gevent's."""
    from gevent import monkey

    return bool(monkey.is_module_patched("socket"))
