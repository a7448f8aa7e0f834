"""Ten minutes of an outage, at a hundred names, in a few seconds: the memory is flat."""

from __future__ import annotations

import gc
import tracemalloc

import gevent
from loadhost_influx._account import Account

SECONDS = 600
NAMES = 100


def second(number):
    """What a run of a hundred names writes each five seconds, in a fifth of the detail."""
    return [
        f"loadhost_requests,method=GET,name=/page/{name},outcome=ok,run=r1 count={number}.0,p50=1.5,p99=12.5 {number}"
        for name in range(NAMES)
    ]


def test_memory_is_flat_over_ten_minutes_without_a_database(deliver, scripted, reply):
    scripted.close()
    delivery = deliver(scripted.url)

    def outage(seconds):
        """Each second goes to disk as the flusher takes it there, and the sender tries in vain now and then."""
        for number in seconds:
            delivery.put(second(number))
            delivery._flush()
            gevent.sleep(0)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        after_one_minute = outage(range(60))
        after_ten_minutes = outage(range(60, SECONDS))
    finally:
        tracemalloc.stop()
    assert delivery.account == Account(produced=SECONDS * NAMES, spooled=SECONDS * NAMES)
    assert after_ten_minutes - after_one_minute < 200_000  # one second alone is 10,000 bytes of text
    assert delivery._troubles.current == "connection refused"
    assert delivery.drain(0) == Account(produced=SECONDS * NAMES, spooled=SECONDS * NAMES)
