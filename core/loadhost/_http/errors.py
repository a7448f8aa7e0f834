"""What can go wrong on the wire. All are OSErrors, as network errors are."""

from __future__ import annotations


class FastHttpError(OSError):
    """The base of the fast client's own errors."""


class ConnectError(FastHttpError):
    """No connection could be made: the name does not resolve, nobody listens, the certificate does not verify."""


class ConnectTimeout(ConnectError):
    """No connection within connection_timeout."""


class RequestTimeout(FastHttpError):
    """The server sent nothing for as long as the timeout allows."""


class ConnectionClosed(FastHttpError):
    """The server closed the connection before the response was complete."""


class BadResponse(FastHttpError):
    """What came is no HTTP response."""


class TooManyRedirects(FastHttpError):
    """More redirects than max_redirects."""


class BadRequest(FastHttpError, ValueError):
    """The request can't be written down: a bad address, a header with a line break, a body that can't be encoded."""
