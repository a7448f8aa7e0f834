"""For the tests of loadhost itself: what keeps a busy machine from breaking them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

import pytest
from hypothesis import settings

_LOOK_S = 0.005

settings.register_profile("loadhost", deadline=None)
settings.load_profile("loadhost")


@pytest.fixture
def held_up() -> Iterator[Callable[[], float]]:
    """`held_up()`: for how many seconds of this test its greenlets could not run though it was their time.

    A limit that a test sets to a time is that much wider, so that a machine that stalls breaks none. On one that does
    not, it is next to nothing.
    """
    import gevent

    lost = 0.0

    def look() -> None:
        nonlocal lost
        due = perf_counter() + _LOOK_S
        while True:
            gevent.sleep(max(due - perf_counter(), 0))
            now = perf_counter()
            # Half a millisecond late is an idle machine's timer.
            lost += now - due if now - due > 0.0005 else 0
            due = now + _LOOK_S

    looker = gevent.spawn(look)
    # What has not been seen yet counts too: the looker may be the next to run.
    yield lambda: (gevent.sleep(_LOOK_S), lost)[1]
    looker.kill()
