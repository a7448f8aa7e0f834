"""`options.add_argument(...)`: the keywords of argparse and of Locust, turned into an OptionSpec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loadhost_hookspecs import OptionSpec

from loadhost.exception import UsageError

_ACTIONS = ("store", "store_true", "store_false", "append")
_KNOWN = {
    "action", "choices", "default", "dest", "env_var", "help", "include_in_web_ui", "is_required", "is_secret",
    "metavar", "required", "type",
}  # fmt: skip


def spec_from_keywords(flags: Sequence[str], keywords: dict[str, Any], owner: str) -> tuple[OptionSpec, str]:
    """The option that these keywords describe, and its attribute name (`dest`)."""
    _refuse_unknown(flags, keywords, owner)
    action = keywords.get("action", "store")
    kind = keywords.get("type", str)
    default = keywords.get("default")
    flags = tuple(flags)
    if action in ("store_true", "store_false"):
        kind, default = bool, (action == "store_false") if default is None else bool(default)
        if action == "store_false":
            flags = _with_positive_form(flags, owner)
    elif isinstance(default, str) and kind is not str:
        default = kind(default)  # argparse does the same to a default that is a text
    spec = OptionSpec(
        flags,
        type=kind,
        default=default,
        help=_help(keywords.get("help") or "", default),
        choices=tuple(str(choice) for choice in keywords.get("choices") or ()),
        env=keywords.get("env_var"),
        multiple=action == "append",
        required=bool(keywords.get("required") or keywords.get("is_required")),
        secret=bool(keywords.get("is_secret")),
        web_editable=bool(keywords.get("include_in_web_ui")),
    )
    return spec, keywords.get("dest") or spec.name


def _refuse_unknown(flags: Sequence[str], keywords: dict[str, Any], owner: str) -> None:
    called = f"{owner}: add_argument({', '.join(repr(flag) for flag in flags)})"
    if not flags or not all(flag.startswith("-") for flag in flags):
        raise UsageError(f"{called}: an option's name starts with a dash, such as '--my-limit'")
    unknown = sorted(set(keywords) - _KNOWN)
    if unknown:
        hint = "; repeat the option instead, with action='append'" if "nargs" in unknown else ""
        raise UsageError(f"{called} doesn't know {', '.join(unknown)}; it knows {', '.join(sorted(_KNOWN))}{hint}")
    action = keywords.get("action", "store")
    if action not in _ACTIONS:
        raise UsageError(f"{called}: action={action!r} is not one of {', '.join(_ACTIONS)}")


def _with_positive_form(flags: tuple[str, ...], owner: str) -> tuple[str, ...]:
    """("--no-verify",) becomes ("--verify/--no-verify",): a switch needs a form that turns it on."""
    for flag in flags:
        if flag.startswith("--no-"):
            return (f"--{flag.removeprefix('--no-')}/{flag}",)
    raise UsageError(f"{owner}: a switch with action='store_false' is spelled '--no-...'; got {', '.join(flags)}")


def _help(text: str, default: Any) -> str:
    return text.replace("%(default)s", str(default)).replace("%%", "%")
