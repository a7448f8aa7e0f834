"""CaughtResponse: with `catch_response=True` the `with` block around a request decides whether it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent

from loadhost._http.response import Response
from loadhost.exception import CatchResponseError, ControlException, LoadhostError, ResponseError

if TYPE_CHECKING:
    from loadhost._http.session import FastHttpSession

_NOT_TWICE = "this request is counted already: put `with` around the request itself"


class CaughtResponse(Response):
    """A response that is counted at the end of its `with` block; without one, at the user's next request or wait."""

    __slots__ = ("_sample", "_session", "_verdict")

    def __init__(self, response: Response, session: FastHttpSession, sample: tuple[Any, ...]) -> None:
        for slot in Response.__slots__:
            setattr(self, slot, getattr(response, slot))
        self._session: FastHttpSession | None = session
        self._sample = sample
        self._verdict: bool | BaseException = False  # True: success() was called; an exception: failure() was

    def success(self) -> None:
        """Count the request as a success, whatever its status."""
        self._judge(True)

    def failure(self, exc: Exception | str) -> None:
        """Count the request as a failure, for this reason."""
        self._judge(exc if isinstance(exc, Exception) else CatchResponseError(exc))

    def raise_for_status(self) -> None:
        """Raise what `failure` was given, else as Response does, unless `success` was called."""
        if isinstance(self._verdict, BaseException):
            raise self._verdict
        if self._verdict is not True:
            super().raise_for_status()

    def __enter__(self) -> CaughtResponse:
        if self._session is None:
            raise LoadhostError(_NOT_TWICE)
        self._session._unjudged = None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: object) -> bool:
        self.count(error)
        return isinstance(error, ResponseError) and self._verdict is False

    def count(self, error: BaseException | None = None) -> None:
        """Count the request, once. `error`: what the `with` block let out."""
        session, self._session = self._session, None
        if session is not None:
            session.count(self, self._sample, self._failure(error))

    def _judge(self, verdict: bool | BaseException) -> None:
        if self._session is None:
            raise LoadhostError(_NOT_TWICE)
        self._verdict = verdict

    def _failure(self, error: BaseException | None) -> BaseException | None:
        from loadhost._http.session import failure_of

        if self._verdict is not False:
            return None if self._verdict is True else self._verdict
        if isinstance(error, Exception | gevent.Timeout) and not isinstance(error, ControlException):
            return error
        return failure_of(self, self._sample[1])
