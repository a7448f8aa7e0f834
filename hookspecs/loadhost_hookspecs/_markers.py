"""The two kinds of hooks, `ask` and `tell`, and the marker for implementations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

import pluggy

PROJECT = "loadhost"

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook of its name (or of `specname=`)."""

_hookspec = pluggy.HookspecMarker(PROJECT)

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True)
class HookKind:
    """How a hook is called. pluggy's marker takes no attributes of its own, so this rides on the function.

    `kind`: "ask" collects answers and lets an exception stop the caller; "tell" hears no answer and isolates.
    `first_answer` (ask): the first answer that is not None ends the question.
    `historic` (ask): a plugin that is registered later is asked then.
    `in_user` (tell): told in a user's greenlet, so that control exceptions reach that user.
    `last_first` (tell): the plugin registered last hears it first.
    """

    kind: Literal["ask", "tell"]
    first_answer: bool = False
    historic: bool = False
    in_user: bool = False
    last_first: bool = False


@overload
def ask(function: _F) -> _F: ...
@overload
def ask(*, first_answer: bool = ..., historic: bool = ...) -> Callable[[_F], _F]: ...
def ask(function: _F | None = None, *, first_answer: bool = False, historic: bool = False) -> Any:
    """Declare a hookspec whose implementations are asked for an answer, one after the other.

    An exception becomes a `PluginError` that names plugin, distribution, version and hook.
    """
    return _declare(function, HookKind("ask", first_answer=first_answer, historic=historic))


@overload
def tell(function: _F) -> _F: ...
@overload
def tell(*, in_user: bool = ..., last_first: bool = ...) -> Callable[[_F], _F]: ...
def tell(function: _F | None = None, *, in_user: bool = False, last_first: bool = False) -> Any:
    """Declare a hookspec whose implementations are told of an event, each isolated from the others' failures."""
    return _declare(function, HookKind("tell", in_user=in_user, last_first=last_first))


def _declare(function: _F | None, kind: HookKind) -> Any:
    def mark(spec: _F) -> _F:
        spec.loadhost_kind = kind  # type: ignore[attr-defined]  # functions take attributes, mypy's type does not
        return _hookspec(spec)

    return mark if function is None else mark(function)


def kind_of(spec: Callable[..., Any]) -> HookKind | None:
    """The kind a spec function was declared with, or None if it was declared with pluggy's own marker."""
    return getattr(spec, "loadhost_kind", None)
