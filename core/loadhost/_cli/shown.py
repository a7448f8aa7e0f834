"""What `loadhost run` shows in place of a run: the settings, the user classes, how often tasks run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from loadhost._cli.inventory import write_table
from loadhost._cli.user_classes import file_of, find_user_classes
from loadhost._config import CONFIG_FILE, DEFAULT, ENVIRONMENT

if TYPE_CHECKING:
    from loadhost._cli.session import Session
    from loadhost._config import Config


def what_to_show(config: Config) -> Callable[[Session, Config], None] | None:
    """What the options ask to be shown, or None for a run."""
    ways = {
        "show_config": show_config,
        "list": show_user_classes,
        "show_task_ratio": show_task_ratio,
        "show_task_ratio_json": show_task_ratio,
    }
    return next((way for name, way in ways.items() if getattr(config.options, name)), None)


def show_config(session: Session, config: Config) -> None:
    """One line per option: name, value and where it comes from."""
    rows = []
    for name, (value, source) in config.shown().items():
        option = session.registry.get(name)
        assert option is not None  # every setting is one of an option
        detail = {ENVIRONMENT: f": {option.spec.variable}", CONFIG_FILE: f": {session.file.label}"}.get(source, "")
        rows.append((option.spec.long_flag.lstrip("-"), _text(value), f"({source}{detail})"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for flag, value, source in rows:
        sys.stdout.write(f"{flag:<{widths[0]}}  {value:<{min(widths[1], 60)}}  {source}\n")


def show_user_classes(session: Session, config: Config) -> None:
    """One line per user class: its share, its file, and the first line of its docstring."""
    rows = [
        (name, _share(cls), file_of(cls), (cls.__doc__ or "").strip().partition("\n")[0])
        for name, cls in find_user_classes(session.modules).items()
    ]
    write_table(("user class", "share", "loadfile", "what it is"), rows)


def show_task_ratio(session: Session, config: Config) -> None:
    """The tree, or Locust's JSON."""
    from loadhost._cli import task_ratio
    from loadhost._cli.run import user_classes_of
    from loadhost._users.tag import TagFilter

    users = None if config.source("users") == DEFAULT else config.options.users
    tags = TagFilter(config.options.tags, config.options.exclude_tags)
    user_classes = [cls for cls in user_classes_of(session, config) if not tags or tags.tasks_of(cls)]
    shares = task_ratio.class_shares(user_classes, users)
    form = task_ratio.as_json if config.options.show_task_ratio_json else task_ratio.as_tree
    sys.stdout.write(form(shares, tags) + "\n")
    if users is None and any(cls.fixed_count for cls in user_classes):
        sys.stderr.write(
            "loadhost: classes with a fixed_count take the first users; give -u N for the ratio of N users\n"
        )


def _share(user_class: Any) -> str:
    if user_class.fixed_count:
        return f"fixed_count {user_class.fixed_count}"
    return f"weight {user_class.weight:g}"


def _text(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, list):
        return ", ".join(json.dumps(each) if isinstance(each, dict) else str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
