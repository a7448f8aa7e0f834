"""StreamedResponse: with `stream=True` the body is read from the wire as the user asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from loadhost._http.head import Head
from loadhost._http.response import Response

if TYPE_CHECKING:
    from loadhost._http.connection import Connection
    from loadhost._http.origin import Origin
    from loadhost._http.prepared import Prepared


class StreamedResponse(Response):
    """Its sample ends with the head. Close it, or read it to the end: the connection is used again then."""

    __slots__ = ("_chunks", "_connection", "_give_back", "_idle_s", "_origin")

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
        super().__init__(Head(reader.head, reader.current_status), b"", prepared)
        self._chunks = reader.chunks
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
        self._give_back(self._origin, connection)

    @property
    def content(self) -> bytes:
        """The body, read to its end, decompressed."""
        while self._pull():
            pass
        if self._chunks:
            self._body += b"".join(self._chunks)
            self._chunks.clear()
        return super().content

    @property
    def length(self) -> int:
        """What the head announces; the body has not come yet."""
        announced = self.headers.get("content-length", "")
        return int(announced) if announced.isdigit() else sum(map(len, self._chunks))

    def _pieces(self, size: int | None) -> Iterator[bytes]:
        # As they come; a compressed body is read whole first.
        if self._body or self._head.codings:
            yield from super()._pieces(size)
            return
        while True:
            while self._chunks:
                piece = self._chunks.pop(0)
                step = size or len(piece)
                yield from (piece[start : start + step] for start in range(0, len(piece), step))
            if not self._pull():
                return

    def close(self) -> None:
        """Give up the rest of the body, and the connection with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        # Nobody read it to the end. Its watcher and the sweeper would keep the connection for ever.
        if getattr(self, "_connection", None) is not None:
            self.close()
