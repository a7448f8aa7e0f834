"""The response that HttpSession gives, and how it comes to count as a success or a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
import requests
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import HTTPError, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from loadhost.exception import CatchResponseError, ControlException, LoadhostError, ResponseError

if TYPE_CHECKING:
    from loadhost.clients import HttpSession

_WRAPPERS = (RequestsConnectionError, ProtocolError, MaxRetryError, NewConnectionError)


class ResponseContextManager(requests.Response):
    """A response; with `catch_response=True` the `with` block around it decides whether it counts as a failure.

    A request that got no response has `status_code` 0 and `error`, the exception that tells why.
    `request_meta`: what is told of the request; what a `with` block changes in it ("name", say) counts.
    """

    error: RequestException | None = None
    request_meta: dict[str, Any]
    _session: HttpSession | None = None  # who counts it; None once it is counted
    _caught = False
    _verdict: bool | Exception = False  # True: success() was called; an exception: failure() was called

    def success(self) -> None:
        """Count the request as a success, whatever its status."""
        self._judge(True)

    def failure(self, exc: Exception | str) -> None:
        """Count the request as a failure, for this reason."""
        self._judge(exc if isinstance(exc, Exception) else CatchResponseError(exc))

    def raise_for_status(self) -> None:
        """Raise what `failure` was given, or why there was no response, or HTTPError for a status of 400 and more."""
        failure = self._verdict if isinstance(self._verdict, Exception) else self.error or self._status_error()
        if failure is not None and self._verdict is not True:
            raise failure

    @property
    def ok(self) -> bool:
        """Whether there is a response with a status below 400, and `failure` was not called."""
        return not isinstance(self._verdict, Exception) and self.error is None and self.status_code < 400

    def __enter__(self) -> ResponseContextManager:
        if self._caught:
            if self._session is None:
                raise LoadhostError(_COUNTED_ALREADY.format(**self.request_meta))
            self._session._unjudged = None
        return self

    def __exit__(self, *exception: Any) -> bool:  # type: ignore[override]  # requests' own swallows nothing
        if not self._caught:
            self.close()
            return False
        error = exception[1]
        self._count(error)
        return isinstance(error, ResponseError) and self._verdict is False

    def _judge(self, verdict: bool | Exception) -> None:
        if not self._caught:
            raise LoadhostError(_NOT_CAUGHT)
        if self._session is None:
            raise LoadhostError(_COUNTED_ALREADY.format(**self.request_meta))
        self._verdict = verdict

    def _count(self, error: BaseException | None = None) -> None:
        """Count the request, once. `error`: what the `with` block let out."""
        session, self._session = self._session, None
        if session is not None:
            session.environment.requests.record(response=self, exception=self._failure(error), **self.request_meta)

    def _failure(self, error: BaseException | None) -> BaseException | None:
        if self._verdict is not False:
            return None if self._verdict is True else self._verdict
        if isinstance(error, Exception | gevent.Timeout) and not isinstance(error, ControlException):
            return error
        return root_cause(self.error) if self.error is not None else self._status_error()

    def _status_error(self) -> HTTPError | None:
        """requests' own error, but with the name in the place of the url: failures are grouped by their text."""
        if not self.status_code or self.status_code < 400:
            return None
        whose = "Client" if self.status_code < 500 else "Server"
        text = f"{self.status_code} {whose} Error: {self.reason} for url: {self.request_meta['name']}"
        return HTTPError(text, response=self)


_NOT_CAUGHT = "To call success() or failure(), write `with self.client.get(..., catch_response=True) as response:`"
_COUNTED_ALREADY = "{request_type} {name} is counted already, by its status: put `with` around the request itself"


def root_cause(error: BaseException) -> BaseException:
    """What lies under the layers that requests and urllib3 put around a broken connection: the layers' texts hold
    addresses, so that equal failures would not be counted as equal."""
    while isinstance(error, _WRAPPERS) and error.__context__ is not None:
        error = error.__context__
    return error
