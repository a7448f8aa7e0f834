"""TlsConnection: TLS on a memory BIO, so that bytes still arrive by the one watcher, with the kernel's time."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from loadhost._http.connection import READ_SIZE, Connection
from loadhost._http.errors import ConnectError
from loadhost._http.reader import ResponseReader


class TlsConnection(Connection):
    """A Connection through TLS. gevent's own SSLSocket costs half as much again per request."""

    __slots__ = ("_early", "_incoming", "_outgoing", "_tls")

    def __init__(self, raw: Any, context: ssl.SSLContext, server_hostname: str) -> None:
        super().__init__(raw)
        self._early: bytes | None = None  # what was read while a request still went out; b"": the end
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)

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

    def exchange(self, request: bytes, is_head: bool) -> ResponseReader:
        """Send a request, read its response to the end; returns the reader that holds it."""
        self.reader.expect(is_head)
        self.begin(request)
        return self._read_on(self.receive())

    def send(self, data: bytes) -> None:
        """Encrypt and hand all bytes to the kernel."""
        self._tls.write(data)
        super().send(self._outgoing.read())

    def receive(self) -> bytes:
        """Wait for bytes and return them, decrypted; b"" when the server has closed."""
        if self._early is not None:
            early, self._early = self._early, None
            return early
        while True:
            try:
                # Pending bytes first: one TLS record may hold more than one read gave.
                return self._tls.read(READ_SIZE)
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
        data = super().receive()
        if data:
            self._incoming.write(data)
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
