"""`options.add_argument(...)`: the keywords of argparse and of Locust, turned into an OptionSpec."""

from __future__ import annotations

from argparse import SUPPRESS, BooleanOptionalAction
from collections.abc import Sequence
from typing import Any

from loadhost_hookspecs import OptionSpec

from loadhost._options.convert import truth
from loadhost.exception import UsageError

_ACTIONS = ("store", "store_true", "store_false", "append", BooleanOptionalAction)
_KNOWN = {
    "action", "choices", "default", "dest", "env_var", "help", "include_in_web_ui", "is_multiple", "is_required",
    "is_secret", "metavar", "nargs", "required", "type",
}  # fmt: skip


def spec_from_keywords(
    flags: Sequence[str], keywords: dict[str, Any], owner: str, *, on_page: bool = False
) -> tuple[OptionSpec, str]:
    """The option that these keywords describe, and its attribute name (`dest`).

    `on_page`: whether the page may change it if `include_in_web_ui` is not said.
    """
    called = f"{owner}: add_argument({', '.join(repr(flag) for flag in flags)})"
    _refuse_unknown(flags, keywords, called)
    kind, default, multiple = _kind(keywords), keywords.get("default"), _is_multiple(keywords)
    typed = flags
    if kind is bool:
        flags = _switch(flags, keywords, called)
        default = _switch_default(keywords)
    elif multiple:
        default = [default] if isinstance(default, str) else default
    elif isinstance(default, str) and kind is not str:
        default = _converted(kind, default, called)  # argparse does the same to a default that is a text
    text = keywords.get("help")
    spec = OptionSpec(
        tuple(flags),
        type=kind,
        default=default,
        help=_help("" if text is None or text == SUPPRESS else text, default, secret=bool(keywords.get("is_secret"))),
        choices=tuple(str(choice) for choice in keywords.get("choices") or ()),
        env=keywords.get("env_var"),
        multiple=multiple,
        required=bool(keywords.get("required") or keywords.get("is_required")),
        secret=bool(keywords.get("is_secret")),
        web_editable=bool(keywords.get("include_in_web_ui", on_page)),
    )
    return spec, keywords.get("dest") or _name(typed, keywords, spec)


def _refuse_unknown(flags: Sequence[str], keywords: dict[str, Any], called: str) -> None:
    if not flags or not all(flag.startswith("-") for flag in flags):
        raise UsageError(f"{called}: an option's name starts with a dash, such as '--my-limit'")
    unknown = sorted(set(keywords) - _KNOWN)
    if unknown:
        raise UsageError(f"{called} doesn't know {', '.join(unknown)}; it knows {', '.join(sorted(_KNOWN))}")
    action = keywords.get("action", "store")
    if action not in _ACTIONS:
        names = ", ".join(each if isinstance(each, str) else each.__name__ for each in _ACTIONS)
        raise UsageError(f"{called}: action={action!r} is not one of {names}")
    nargs = keywords.get("nargs")
    if nargs not in (None, 1, "*", "+"):
        raise UsageError(
            f"{called}: nargs={nargs!r} is not possible; an option has one value, and may be repeated with nargs='*' "
            "or action='append'"
        )


def _kind(keywords: dict[str, Any]) -> Any:
    """The type. Taken as a value, a truth is read as such: argparse's `type=bool` would read "false" as True."""
    if keywords.get("action", "store") not in ("store", "append"):
        return bool
    kind = keywords.get("type")
    if kind is bool or (kind is None and isinstance(keywords.get("default"), bool)):
        return truth
    return kind or str


def _is_multiple(keywords: dict[str, Any]) -> bool:
    return (
        keywords.get("action") == "append" or keywords.get("nargs") in ("*", "+") or bool(keywords.get("is_multiple"))
    )


def _switch(flags: Sequence[str], keywords: dict[str, Any], called: str) -> Sequence[str]:
    """A switch that turns something off needs a form that turns it on: "--no-verify" is "--verify/--no-verify"."""
    action, dest = keywords["action"], keywords.get("dest")
    if action is BooleanOptionalAction:
        long = next((flag for flag in flags if flag.startswith("--")), None)
        return [f"{flag}/--no-{flag.removeprefix('--')}" if flag == long else flag for flag in flags]
    if action == "store_true":
        return flags
    for flag in flags:
        if flag.startswith("--no-"):
            return (f"--{flag.removeprefix('--no-')}/{flag}",)
    if dest is None or f"--{dest.replace('_', '-')}" in flags:
        raise UsageError(
            f"{called}: a switch with action='store_false' is spelled '--no-...', or has a dest='what_it_turns_off'"
        )
    return (f"--{dest.replace('_', '-')}/{flags[-1]}",)


def _switch_default(keywords: dict[str, Any]) -> bool:
    default = keywords.get("default")
    return keywords["action"] == "store_false" if default is None else bool(default)


def _name(flags: Sequence[str], keywords: dict[str, Any], spec: OptionSpec) -> str:
    """The attribute, as argparse has it: "--no-verify" without a dest is `no_verify`, and False if it is given."""
    if keywords.get("action") != "store_false":
        return spec.name
    return next((flag for flag in flags if flag.startswith("--")), flags[0]).lstrip("-").replace("-", "_")


def _converted(kind: Any, default: str, called: str) -> Any:
    try:
        return kind(default)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{called}: the default {default!r} is not of its type ({error})") from error


def _help(text: str, default: Any, *, secret: bool) -> str:
    return text.replace("%(default)s", "***" if secret else str(default)).replace("%%", "%")
