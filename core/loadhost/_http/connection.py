"""Connection: one socket to one origin, one read watcher for as long as it lives, one greenlet that waits on it."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import gevent
from gevent import getcurrent

from loadhost._http.errors import RequestTimeout
from loadhost._http.head import END, Head, find_known
from loadhost._http.reader import ResponseReader
from loadhost._http.sweeper import sweeper

if TYPE_CHECKING:
    from loadhost._http.prepared import Prepared

READ_SIZE = 65536
_READ, _WRITE = 1, 2  # libev's event bits, as gevent's loop.io takes them
_MSG_PEEK = 2
_SO_TIMESTAMPNS = 35  # Linux: the kernel's time of arrival comes with the data, also for TCP
_timespec = struct.Struct("@ll").unpack
_ANCILLARY_SIZE = 64
_FOREVER_S = float("inf")
_CLOSE_ENOUGH_S = 0.002


class Connection:
    """Plain TCP (or a Unix socket). `loadhost._http.tls.TlsConnection` is the same through TLS.

    The watcher is started once: gevent's own sockets start and stop one per wait, and read once in vain before.
    When bytes come while nobody waits, the server has closed or sent junk: the connection is `dead`, known before it
    is used again, and without asking select(), which fails from descriptor 1024 up.

    `arrival`: the kernel's time (epoch s) of the last segment read, 0.0 if it gives none. `deadline`: perf_counter
    time after which a wait ends in RequestTimeout; it moves on by `idle_s` with each piece that comes or goes.
    `used`: a response has come over it.
    """

    __slots__ = (
        "_busy", "_hub_switch", "_io", "_paused", "_raw", "_recvmsg", "_send", "_sweeper", "_waiter",
        "arrival", "dead", "deadline", "idle_s", "reader", "used",
    )  # fmt: skip

    def __init__(self, raw: Any) -> None:
        """`raw`: a connected, non-blocking `_socket.socket` that belongs to this connection from now on."""
        hub = gevent.get_hub()
        self._raw = raw
        self._send: Callable[[bytes], int] = raw.send
        self._recvmsg = raw.recvmsg
        self._hub_switch = hub.switch
        self._waiter: Any = None
        self._busy = self._paused = self.dead = self.used = False
        self.arrival = 0.0
        self.deadline = self.idle_s = float("inf")
        self.reader = ResponseReader()
        if sys.platform == "linux":
            raw.setsockopt(1, _SO_TIMESTAMPNS, 1)
        self._io: Any = hub.loop.io(raw.fileno(), _READ)
        self._io.start(self._readable)
        self._sweeper = sweeper()
        self._sweeper.add(self)

    @property
    def is_waiting(self) -> bool:
        """Whether a greenlet waits for this connection."""
        return self._waiter is not None

    # --- waiting

    def _readable(self) -> None:
        """Called by the loop, in the hub: switch straight to the greenlet that waits."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            waiter.switch()
        else:
            # In the middle of a response (a streamed one) the bytes are wanted, just not yet.
            self._io.stop()
            self._paused = True
            self.dead = self.dead or not self._busy

    def _wait(self) -> None:
        if self._paused:
            self._paused = False
            self._io.start(self._readable)
        self._waiter = getcurrent()
        try:
            self._hub_switch()
        except BaseException:
            self._waiter = None
            raise

    def _wait_writable(self) -> None:
        """Wait until bytes can be sent, or until the server answers before it has read everything."""
        watcher = gevent.get_hub().loop.io(self._raw.fileno(), _WRITE)
        try:
            watcher.start(self._readable_or_writable)
            self._wait()
        finally:
            watcher.stop()
            watcher.close()

    def _readable_or_writable(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.switch()

    def time_out(self) -> None:
        """Throw RequestTimeout into the greenlet that waits. Called in the hub."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.throw(RequestTimeout("timed out: the server sent nothing for as long as the timeout allows"))

    # --- bytes

    def send(self, data: bytes) -> None:
        """Hand all bytes to the kernel; only a short write waits."""
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except (BrokenPipeError, ConnectionResetError):
            sent = self._refused(data)
        if sent != len(data):
            self._send_rest(memoryview(data)[sent:])

    def _send_rest(self, rest: memoryview) -> None:
        while rest:
            self._wait_writable()
            try:
                rest = rest[self._send(rest) :]  # type: ignore[arg-type]  # a socket sends any buffer
            except BlockingIOError:
                if self._has_early_answer():
                    # The server answers without having read it all: the answer counts, the connection does not.
                    self.dead = True
                    return
            except (BrokenPipeError, ConnectionResetError):
                # The server wants no more of it, and has perhaps said why before it closed.
                self.dead = True
                return
            self._move_deadline()

    def _refused(self, data: bytes) -> int:
        """The server has closed. On a fresh connection it may have said why ("503", before it read anything)."""
        if self.used:
            raise ConnectionResetError("the server closed the connection")
        self.dead = True
        return len(data)

    def _move_deadline(self) -> None:
        if self.idle_s != _FOREVER_S:
            self.deadline = perf_counter() + self.idle_s

    @property
    def is_readable(self) -> bool:
        """Whether there is something to read, or an end; asked without a turn of the loop."""
        return self._has_early_answer()

    def _has_early_answer(self) -> bool:
        try:
            # A peek, not select or poll: gevent makes those cooperative, at thirty times the cost.
            self._raw.recv(1, _MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass  # an error is news, too
        return True

    def receive(self) -> bytes:
        """Wait for bytes and return them; b"" when the server has closed."""
        while True:
            self._wait()
            try:
                data, ancillary, _, _ = self._recvmsg(READ_SIZE, _ANCILLARY_SIZE)
            except BlockingIOError:
                continue
            if ancillary:
                seconds, nanoseconds = _timespec(ancillary[0][2])
                self.arrival = seconds + nanoseconds * 1e-9
            return data  # type: ignore[no-any-return]  # _socket has no stubs for recvmsg on a bare socket

    # --- one exchange

    def exchange(self, prepared: Prepared, wire: bytes) -> tuple[Head, bytes]:
        """Send a request, read its response to the end: (head, body as it was transferred)."""
        # begin, send, receive and finish written out: this is where a request spends its time in Python, and each
        # call saved is one percent of it.
        self._busy = True
        reader = self.reader
        if reader.head or prepared.is_head:
            reader.expect(prepared.is_head)
        try:
            sent = self._send(wire)
        except BlockingIOError:
            sent = 0
        except (BrokenPipeError, ConnectionResetError):
            sent = self._refused(wire)
        if sent != len(wire):
            self._send_rest(memoryview(wire)[sent:])
        self._waiter = getcurrent()
        try:
            self._hub_switch()
        except BaseException:
            self._waiter = None
            raise
        try:
            data, ancillary, _, _ = self._recvmsg(READ_SIZE, _ANCILLARY_SIZE)
        except BlockingIOError:
            return self._read_on(prepared, self.receive())
        if ancillary:
            seconds, nanoseconds = _timespec(ancillary[0][2])
            self.arrival = seconds + nanoseconds * 1e-9
        # Most responses of an address begin with the bytes that the last one began with.
        size = prepared.head_size
        head = find_known(data[:size])
        if head is None or head.total != len(data) or prepared.is_head:
            return self._read_on(prepared, data)
        self._busy = False
        self.used = True
        return head, data[size:]

    def _read_on(self, prepared: Prepared, data: bytes) -> tuple[Head, bytes]:
        """Read a response to the end whose first bytes are `data`."""
        reader = self.reader
        while not reader.feed(data):
            if not data:
                reader.closed()
                break
            self._move_deadline()
            data = self.receive()
        self.finish()
        start, chunks = reader.head + END, reader.chunks
        prepared.head_size = len(start)
        head = find_known(start) or Head(reader.head, reader.status)
        return head, chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def begin(self, request: bytes) -> None:
        """Send a request whose response is about to be read."""
        self._busy = True
        self.send(request)

    def finish(self) -> None:
        """The response is read; the connection may be used again unless the reader says otherwise."""
        self._busy = False
        self.used = True
        if not self.reader.keep_alive:
            self.dead = True
        if self._paused:
            self._paused = False
            self._io.start(self._readable)

    def exact_timer(self, timeout_s: float) -> Any:
        """A timer for a timeout that the sweeper's 100 ms would blur; to be closed by the caller."""
        timer = gevent.get_hub().loop.timer(timeout_s, timeout_s)
        timer.start(self._look_at_deadline, timer)
        return timer

    def _look_at_deadline(self, timer: Any) -> None:
        left = self.deadline - perf_counter()
        if left > _CLOSE_ENOUGH_S:  # it has moved on since
            timer.again(self._look_at_deadline, timer)
        else:
            self.time_out()

    def close(self) -> None:
        """Close, now."""
        self.dead = True
        if self._io is not None:
            self._sweeper.discard(self)
            self._io.stop()
            self._io.close()
            self._io = None
            self._raw.close()
            self.reader.release()


def deadline_after(timeout_s: float) -> float:
    """The perf_counter time at which a timeout that begins now is over."""
    return perf_counter() + timeout_s
