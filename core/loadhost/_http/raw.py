"""The body of a response for requests: read from the wire as it is asked for, behind urllib3's interface."""

from __future__ import annotations

from collections.abc import Callable, Generator
from http.client import HTTPMessage
from time import perf_counter
from typing import TYPE_CHECKING, Any

from urllib3.response import HTTPResponse

from loadhost._http.errors import RequestTimeout
from loadhost._http.sweeper import EXACT_BELOW_S

if TYPE_CHECKING:
    from loadhost._http.connection import Connection

FOREVER_S = float("inf")


class Body:
    """What urllib3 takes for http.client's response: a file whose end gives the connection back.

    `chunks`: what has come and was not taken yet. `arrival`: the kernel's time (epoch s) of the last byte, 0.0 while
    it has not come or if unknown; `received`: the perf_counter time at which it was read.
    """

    __slots__ = ("_at", "_connection", "_error", "_give_back", "_idle_s", "arrival", "chunks", "received")

    def __init__(self, connection: Connection, idle_s: float, give_back: Callable[[Connection], None]) -> None:
        self._connection: Connection | None = connection
        self._idle_s = idle_s
        self._give_back = give_back
        self._error: OSError | None = None
        self._at = 0  # how much of the first chunk was taken
        self.chunks = connection.reader.chunks
        self.arrival = self.received = 0.0

    def finish(self) -> None:
        """The last byte has come: the connection may be used again."""
        connection, self._connection = self._connection, None
        assert connection is not None  # it is finished once
        self.arrival = connection.arrival
        self.received = perf_counter()
        connection.finish()
        if connection.dead:
            connection.close()
        else:
            self._give_back(connection)

    def fail(self, error: OSError) -> None:
        """The body ends here, too early: told to whoever has taken what came before."""
        self._error = TimeoutError("timed out") if isinstance(error, RequestTimeout) else error
        self._drop()

    def drain(self) -> bool:
        """Read to the end; whether that came in good order."""
        while self._pull():
            pass
        return self._error is None

    def _pull(self) -> bool:
        """Read once more; False if there is nothing more to come."""
        connection = self._connection
        if connection is None:
            return False
        reader = connection.reader
        try:
            data = receive(connection, self._idle_s)
            complete = reader.feed(data)
            if not data and not complete:
                reader.closed()
                complete = True
        except OSError as error:
            self.fail(error)
            return False
        except BaseException:
            self._drop()
            raise
        if complete:
            self.finish()
        return True

    # --- as a file

    def read(self, amount: int | None = None) -> bytes:
        """All that is left, or `amount` bytes, fewer only at the end."""
        chunks = self.chunks
        if amount is None:
            if not self.drain():
                chunks.clear()
                self._raise()
            return self._take(sum(map(len, chunks)))
        while sum(map(len, chunks)) - self._at < amount and self._pull():
            pass
        return self._take(amount)

    def read1(self, amount: int | None = None) -> bytes:
        """What has come, `amount` bytes at the most; waits only if that is nothing."""
        while not self.chunks and self._pull():
            pass
        return self._take(len(self.chunks[0]) if amount is None and self.chunks else amount or 0)

    def _take(self, amount: int) -> bytes:
        chunks, pieces = self.chunks, []
        while amount > 0 and chunks:
            piece = chunks[0][self._at : self._at + amount]
            pieces.append(piece)
            amount -= len(piece)
            self._at += len(piece)
            if self._at == len(chunks[0]):
                del chunks[0]
                self._at = 0
        if amount > 0 and not pieces:
            self._raise()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _raise(self) -> None:
        """Tell once what ended the body too early; then it is just at its end, as http.client's is."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def isclosed(self) -> bool:
        """Whether nothing is left to take."""
        return self._connection is None and not self.chunks and self._error is None

    @property
    def closed(self) -> bool:
        """See `isclosed`."""
        return self.isclosed()

    def close(self) -> None:
        """Give up what was not taken, and the connection if there is more to come."""
        self.chunks.clear()
        self._error = None
        self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        self._drop()  # the user forgot to; the watch on the timeouts would keep the connection for ever


def receive(connection: Connection, idle_s: float) -> bytes:
    """The next bytes, or RequestTimeout after `idle_s` without any."""
    if idle_s == FOREVER_S:
        return connection.receive()
    connection.deadline = perf_counter() + idle_s
    if idle_s >= EXACT_BELOW_S:
        return connection.receive()
    timer = connection.exact_timer(idle_s)
    try:
        return connection.receive()
    finally:
        timer.stop()
        timer.close()


class RawResponse(HTTPResponse):
    """urllib3's response on a Body. Chunks of a chunked one are handed out as they come."""

    def __init__(self, body: Body, fields: list[tuple[str, str]], origin: str, **known: Any) -> None:
        original = OriginalResponse(body, fields, known["request_method"])
        super().__init__(
            body=body,  # type: ignore[arg-type]  # a file, as far as it is read
            headers=fields,  # type: ignore[arg-type]  # HTTPHeaderDict takes pairs
            original_response=original,  # type: ignore[arg-type]
            preload_content=False,
            decode_content=False,
            **known,
        )
        self._pool: Any = origin  # what urllib3 calls the thing that timed out

    def release_conn(self) -> None:
        """Nothing to do: the end of the body gives the connection back."""

    def supports_chunked_reads(self) -> bool:
        """Yes, by `read_chunked` below."""
        return True

    def read_chunked(self, amt: int | None = None, decode_content: bool | None = None) -> Generator[bytes, None, None]:
        """The body in pieces as they come, of `amt` bytes at the most."""
        self._init_decoder()
        body: Any = self._fp
        with self._error_catcher():
            while not body.isclosed():
                piece = body.read1(amt if amt is None or amt > 0 else None)
                decoded = self._decode(piece, decode_content, flush_decoder=False)
                if decoded:
                    yield decoded
            if decode_content:
                decoded = self._flush_decoder()
                if decoded:
                    yield decoded


class OriginalResponse:
    """What requests and http.cookiejar ask of http.client's response: the fields as they came."""

    def __init__(self, body: Body, fields: list[tuple[str, str]], method: str) -> None:
        self._body = body
        self._fields = fields
        self._method = method
        self._msg: HTTPMessage | None = None

    @property
    def msg(self) -> HTTPMessage:
        """The header fields."""
        if self._msg is None:
            self._msg = HTTPMessage()
            for name, value in self._fields:
                self._msg[name] = value
        return self._msg

    headers = msg

    def isclosed(self) -> bool:
        """Whether the body has been taken to its end."""
        return self._body.isclosed()

    def close(self) -> None:
        """Give up the body."""
        self._body.close()
