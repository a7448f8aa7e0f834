"""TlsConnection: TLS on a memory BIO, so that bytes still arrive by the one watcher, with the kernel's time."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loadhost._http.connection import READ_SIZE, Connection
from loadhost._http.errors import ConnectError
from loadhost._http.head import Head, find_known

if TYPE_CHECKING:
    from loadhost._http.prepared import Prepared


class TlsConnection(Connection):
    """A Connection through TLS. gevent's own SSLSocket costs half as much again per request."""

    __slots__ = ("_drain", "_early", "_incoming", "_outgoing", "_read", "_take", "_tls", "_write")

    def __init__(self, raw: Any, context: ssl.SSLContext, server_hostname: str) -> None:
        super().__init__(raw)
        self._early: bytes | None = None  # what was read while a request still went out; b"": the end
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
        self._take, self._drain = self._incoming.write, self._outgoing.read
        # ssl.SSLObject is a layer of Python around the object in C; one that lacks it is asked itself.
        inner: Any = getattr(self._tls, "_sslobj", self._tls)
        self._read, self._write = inner.read, inner.write

    def handshake(self) -> None:
        """Agree on keys, and verify the certificate. Raises ConnectError with the remedy."""
        self._busy = True
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    self._flush()
                    self._take_in()
            self._flush()
        except ssl.SSLCertVerificationError as error:
            raise ConnectError(
                f"the certificate does not verify: {error.verify_message}; set insecure = True on the user class to "
                "go on without verifying"
            ) from error
        except ssl.SSLError as error:
            raise ConnectError(f"no TLS: {error.reason or error}") from error
        finally:
            self._busy = False

    def exchange(self, prepared: Prepared, wire: bytes) -> tuple[Head, bytes]:
        """Send a request, read its response to the end: (head, body as it was transferred)."""
        # Written out as that of a plain connection is.
        self._busy = True
        reader = self.reader
        if reader.head or prepared.is_head:
            reader.expect(prepared.is_head)
        self._write(wire)
        encrypted = self._drain()
        try:
            sent = self._send(encrypted)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            Connection.send(self, encrypted)
        else:
            if sent != len(encrypted):
                self._send_rest(memoryview(encrypted)[sent:])
        if self._early is None:
            # Not receive() alone, which would first ask for what can't be there: a refusal costs 2 us.
            self._take_in()
        data = self.receive()
        size = prepared.head_size
        head = find_known(data[:size])
        if head is None or head.total != len(data) or prepared.is_head:
            return self._read_on(prepared, data)
        if self._incoming.pending:  # something has come behind it, a goodbye most often
            self.dead = True
        self._busy = False
        self.used = True
        return head, data[size:]

    def send(self, data: bytes) -> None:
        """Encrypt and hand all bytes to the kernel."""
        self._write(data)
        super().send(self._drain())

    def receive(self) -> bytes:
        """Wait for bytes and return them, decrypted; b"" when the server has closed."""
        if self._early is not None:
            early, self._early = self._early, None
            return early
        while True:
            try:
                # Pending bytes first: one TLS record may hold more than one read gave.
                return self._read(READ_SIZE)  # type: ignore[no-any-return]  # bytes, of an object without stubs
            except ssl.SSLWantReadError:
                if self._outgoing.pending:
                    self._flush()  # a key update, say, wants an answer
                if not self._take_in():
                    return b""
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def finish(self) -> None:
        """The response is read. What has come behind it, a goodbye most often, ends the connection."""
        if self._incoming.pending:
            self.dead = True
        super().finish()

    def _has_early_answer(self) -> bool:
        # Bytes alone are none: TLS 1.3 sends session tickets of its own accord.
        if self._early is not None or not super()._has_early_answer():
            return self._early is not None
        try:
            data = self._recvmsg(READ_SIZE)[0]
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()
            self._early = self._tls.read(READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except (ConnectionResetError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self._early = b""
        return True

    def _flush(self) -> None:
        if self._outgoing.pending:
            super().send(self._outgoing.read())

    def _take_in(self) -> bool:
        data = Connection.receive(self)
        if data:
            self._take(data)
        else:
            self._incoming.write_eof()
        return bool(data)


@lru_cache(maxsize=64)
def factory_context(factory: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """The context that a user class makes itself: one for all its users."""
    return factory()


@lru_cache(maxsize=8)
def shared_context(insecure: bool, certificate: str | None = None) -> ssl.SSLContext:
    """One context for all users: making one reads the system's certificates, 20 ms each time."""
    if insecure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = ssl.create_default_context(cafile=certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context
