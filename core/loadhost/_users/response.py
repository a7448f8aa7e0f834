"""The response that HttpSession gives: one of requests, which can be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import HTTPError, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from loadhost._catching import Judged
from loadhost._http.lazy_response import LazyResponse

if TYPE_CHECKING:
    from loadhost.clients import HttpSession

_WRAPPERS = (RequestsConnectionError, ProtocolError, MaxRetryError, NewConnectionError)

_META = frozenset(("request_type", "name", "response_time", "response_length", "context", "start_time", "url"))


class ResponseContextManager(LazyResponse, Judged):
    """A response; with `catch_response=True` the `with` block around it decides whether it counts as a failure.

    A request that got no response has `status_code` 0 and `error`, the exception that tells why.
    `request_meta`: what is told of the request; what a `with` block changes in it ("name", say) counts.
    """

    error: RequestException | None = None
    lag: float | None = None
    """How long the response lay waiting for this process, ms; None if the kernel's clock could not tell."""
    _session: HttpSession | None = None
    js: Any
    """The body as JSON, in `with self.rest(...) as response`; None if it is none."""

    @property
    def ok(self) -> bool:
        """Whether there is a response with a status below 400, and `failure` was not called."""
        return not isinstance(self._verdict, Exception) and self.error is None and self.status_code < 400

    # requests.Response comes first among the bases, since a response of requests becomes one of these by its class,
    # which wants the same layout.
    raise_for_status = Judged.raise_for_status
    __enter__ = Judged.__enter__
    __exit__ = Judged.__exit__  # type: ignore[assignment]  # requests' own swallows nothing

    def _wire_error(self) -> BaseException | None:
        return self.error

    def _counted_error(self) -> BaseException | None:
        return None if self.error is None else root_cause(self.error)

    def _status_error(self) -> HTTPError | None:
        """requests' own error, but with the name in the place of the url: failures are grouped by their text."""
        if not self.status_code or self.status_code < 400:
            return None
        whose = "Client" if self.status_code < 500 else "Server"
        text = f"{self.status_code} {whose} Error: {self.reason} for url: {self.request_meta['name']}"
        return HTTPError(text, response=self)

    def _record(self, session: HttpSession, failure: BaseException | None) -> None:
        meta = self.request_meta
        context = meta["context"] or {}
        if len(meta) > len(_META):  # what a `with` block has added
            context = {**context, **{key: value for key, value in meta.items() if key not in _META}}
        session.environment.requests.measured(
            meta["request_type"], meta["name"], meta["response_time"], self.lag, meta["response_length"], self,
            context, failure, meta["start_time"], meta["url"],
        )  # fmt: skip


def root_cause(error: BaseException) -> BaseException:
    """What lies under the layers that requests and urllib3 put around a broken connection: the layers' texts hold
    addresses, so that equal failures would not be counted as equal."""
    while isinstance(error, _WRAPPERS):
        below = error.__cause__ or error.__context__
        if below is None:
            break
        error = below
    return error
