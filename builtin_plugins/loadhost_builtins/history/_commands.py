"""`loadhost history` and `loadhost compare`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from loadhost import UsageError
from loadhost_hookspecs import Config, ratio

from loadhost_builtins._files import refuse_unwritable, replacing
from loadhost_builtins.history._place import history_path

if TYPE_CHECKING:
    from loadhost_builtins.history._comparison import Comparison
    from loadhost_builtins.history._records import Run

WORSE_CODE = 3

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[show RUN | tag RUN NAME | untag RUN NAME]",
        help="show: one run in full. tag, untag: give it a tag, take it away. RUN is the beginning of an id, last, "
        "last~1 (the one before) or tag:NAME.",
        show_default=False,
    ),
]
Limit = Annotated[int, typer.Option("--limit", help="List so many of the newest.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for programs to read.")]
Before = Annotated[
    str, typer.Argument(metavar="BEFORE", help="A run, several with commas, or tag:NAME for all of a tag.")
]
After = Annotated[str, typer.Argument(metavar="AFTER", help="The run that is judged.")]
Page = Annotated[Path | None, typer.Option("--html", help="Write the comparison as a page to this file.")]
MinDifference = Annotated[
    str, typer.Option("--min-difference", help="What is less than this is no difference: 5%, 0.1.")
]


def history(config: Config, words: Words = None, limit: Limit = 50, as_json: AsJson = False) -> int:
    """The list of runs; one run; tags."""
    from loadhost_builtins.history._reader import reading

    what, *names = words or ["list"]
    arguments = {"list": 0, "show": 1, "tag": 2, "untag": 2}
    if what not in arguments or len(names) != arguments[what] or (words and what == "list"):
        raise UsageError(
            f"loadhost history {' '.join(words or ())}: write loadhost history, loadhost history show RUN, "
            "loadhost history tag RUN NAME or loadhost history untag RUN NAME"
        )
    with reading(history_path(config)) as reader:
        if what == "list":
            _list(reader.runs(with_entries=True, limit=limit), as_json=as_json)
        elif what == "show":
            _show(reader.run(names[0]), as_json=as_json)
        else:
            reader.tag(reader.run(names[0]), names[1], remove=what == "untag")
    return 0


def compare(
    config: Config,
    before: Before,
    after: After,
    html: Page = None,
    as_json: AsJson = False,
    min_difference: MinDifference = "5%",
) -> int:
    """Compare. Returns 3 if AFTER is worse, else 0."""
    try:
        least = ratio(min_difference)
    except ValueError as error:
        raise UsageError(f"--min-difference: {error}") from None
    if html is not None:
        refuse_unwritable(html, "--html")
    comparison, runs = _compared(history_path(config), before, after, least)
    if html is not None:
        from loadhost_builtins.history._page import comparison_page

        with replacing(html) as file:
            file.write(comparison_page(comparison, runs))
    if as_json:
        _write(comparison.to_plain())
    else:
        from loadhost_builtins._terminal import Terminal
        from loadhost_builtins.history._tables import show_comparison

        show_comparison(Terminal(), comparison)
    return WORSE_CODE if comparison.verdict == "worse" else 0


def _compared(path: Path, before: str, after: str, min_difference: float) -> tuple[Comparison, list[Run]]:
    from loadhost_builtins.history._comparing import compare as compare_runs
    from loadhost_builtins.history._measuring import measured, unlike
    from loadhost_builtins.history._reader import reading

    with reading(path) as reader:
        second = reader.run(after)
        first = [run for run in reader.several(before) if run.number != second.number]
        if not first:
            raise UsageError(f"{before} and {after} are the same run; give two: loadhost compare last~1 last")
        found = compare_runs(
            [measured(reader, run) for run in first], measured(reader, second), min_difference=min_difference
        )
        runs = [*(reader.run(run.id) for run in first), second]
    return replace(found, notes=tuple(unlike(first, second))), runs


def _list(runs: list[Run], *, as_json: bool) -> None:
    if as_json:
        _write([_plain(run) for run in runs])
        return
    from loadhost_builtins._terminal import Terminal
    from loadhost_builtins.history._tables import show_runs

    show_runs(Terminal(), runs)


def _show(run: Run, *, as_json: bool) -> None:
    if as_json:
        from loadhost_builtins.history._plain import plain_run

        _write(plain_run(run))
        return
    from loadhost_builtins._terminal import Terminal
    from loadhost_builtins.history._tables import show_run

    show_run(Terminal(), run)


def _plain(run: Run) -> dict[str, Any]:
    from loadhost_builtins.history._plain import plain_line

    return plain_line(run)


def _write(data: object) -> None:
    json.dump(data, sys.stdout, indent=2, ensure_ascii=True)
    sys.stdout.write("\n")
