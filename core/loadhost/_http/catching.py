"""Caught: the response of a request with `catch_response=True`, which counts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadhost._http.response import FailedResponse, Response, failure_of
from loadhost._http.stream import StreamedResponse

if TYPE_CHECKING:
    from loadhost._http.session import FastHttpSession

_META = ("request_type", "name", "response_time", "lag", "context", "start_time", "url")


class Caught(Response):
    """A response that is counted at the end of its `with` block; without one, at the user's next request or wait.

    `request_meta`: what is told of the request; what a `with` block changes in it ("name", say) counts. `js`: the
    body as JSON, in `with self.rest(...) as response`; None if it is none.
    """

    __slots__ = ()

    _caught = True
    js: Any

    def _status_error(self) -> Exception | None:
        # By the name, not the address: failures are grouped by their text.
        return failure_of(self, self.request_meta["name"]) if self.error is None else None

    def _record(self, session: FastHttpSession, failure: BaseException | None) -> None:
        session.count(self, tuple(self.request_meta[key] for key in _META), failure)


class CaughtResponse(Caught):
    """One that has been read."""

    __slots__ = ("_session", "_verdict", "js", "request_meta")


class CaughtStream(Caught, StreamedResponse):
    """One with a body that is read as the user asks for it."""

    __slots__ = ("_session", "_verdict", "js", "request_meta")


class CaughtFailure(Caught, FailedResponse):
    """One that never came."""

    __slots__ = ("_session", "_verdict", "js", "request_meta")


_KINDS: dict[type[Response], type[Caught]] = {
    Response: CaughtResponse,
    StreamedResponse: CaughtStream,
    FailedResponse: CaughtFailure,
}


def caught_response(response: Response, session: FastHttpSession, sample: tuple[Any, ...]) -> Caught:
    """A response as one that may be judged. `sample`: what `session.count` takes."""
    caught: Caught = _KINDS[type(response)].__new__(_KINDS[type(response)])
    for kind in type(response).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            if hasattr(response, slot):
                setattr(caught, slot, getattr(response, slot))
    if isinstance(response, StreamedResponse):
        response._connection = None  # it has changed hands
    # By setattr, for mypy: the slots are those of the two subclasses.
    own = {"_session": session, "_verdict": False, "js": None, "request_meta": dict(zip(_META, sample, strict=True))}
    for slot, value in own.items():
        setattr(caught, slot, value)
    return caught
