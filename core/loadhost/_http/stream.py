"""StreamedResponse: with `stream=True` the body is read from the wire as the user asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any

from loadhost._http.response import Response

if TYPE_CHECKING:
    from loadhost._http.connection import Connection
    from loadhost._http.origin import Origin
    from loadhost._http.prepared import Prepared


class StreamedResponse(Response):
    """Its sample ends with the head. Close it, or read it to the end: the connection is used again then."""

    __slots__ = ("_connection", "_give_back", "_idle_s", "_origin")

    def __init__(
        self,
        connection: Connection,
        wire: bytes,
        prepared: Prepared,
        give_back: Callable[[Origin, Connection], None],
    ) -> None:
        """Send the request and read the head."""
        self._connection: Connection | None = connection
        self._give_back = give_back
        self._origin = prepared.origin
        self._idle_s = connection.deadline - perf_counter()
        reader = connection.reader
        reader.expect(is_head=False)
        connection.begin(wire)
        complete = False
        while not complete and not reader.head_is_complete:
            data = connection.receive()
            complete = reader.feed(data)
            if not data:
                reader.closed()
                complete = True
        super().__init__(reader.current_status, reader.head, reader.chunks, prepared.url, prepared.method)
        if complete:
            self._finish()

    def _pull(self) -> bool:
        """Read one more piece; False at the end of the body."""
        connection = self._connection
        if connection is None:
            return False
        connection.deadline = perf_counter() + self._idle_s
        try:
            data = connection.receive()
            complete = connection.reader.feed(data)
            if not data and not complete:
                connection.reader.closed()
                complete = True
        except BaseException:
            self.close()
            raise
        if complete:
            self._finish()
        return True

    def _finish(self) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None  # it is finished once
        connection.finish()
        if connection.dead:
            connection.close()
        else:
            self._give_back(self._origin, connection)

    @property
    def content(self) -> bytes:
        """The body, read to its end, decompressed."""
        while self._pull():
            pass
        return super().content

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[bytes]:
        """The body in pieces as they come, of `chunk_size` bytes at the most; a compressed one is read whole first."""
        if b"ncoding" in self._head and self.headers.get("content-encoding"):
            yield from super().iter_content(chunk_size or len(self.content) or 1)
            return
        while True:
            while self._chunks:
                piece = self._chunks.pop(0)
                step = chunk_size or len(piece)
                yield from (piece[start : start + step] for start in range(0, len(piece), step))
            if not self._pull():
                return

    def iter_lines(self, decode_unicode: bool = False) -> Iterator[Any]:
        """The lines of the body as they come, without their ends."""
        rest = b""
        for piece in self.iter_content(None):
            *lines, rest = (rest + piece).splitlines(keepends=True) or [b""]
            if rest.endswith(b"\n"):
                lines, rest = [*lines, rest], b""
            for line in lines:
                yield self._line(line, decode_unicode)
        if rest:
            yield self._line(rest, decode_unicode)

    def _line(self, line: bytes, decode: bool) -> Any:
        bare = line.rstrip(b"\r\n")
        return bare.decode(self.encoding or "utf-8", "replace") if decode else bare

    def close(self) -> None:
        """Give up the rest of the body, and the connection with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
