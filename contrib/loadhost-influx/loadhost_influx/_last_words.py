"""The end of an account that a full disk kept out of its spool: a file that has its space from the beginning."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from loadhost_influx._account import Account

SIZE = 4096
SUFFIX = ".sum"


class LastWords(NamedTuple):
    """The last account, and the rows that are done with, but still there."""

    account: Account
    done: frozenset[int]


def reserve(spool: Path) -> None:
    """Take the space on disk now. Raises OSError."""
    spool.with_suffix(SUFFIX).write_bytes(b" " * SIZE)


def write(spool: Path, words: LastWords) -> bool:
    """Over what is there, which needs no new space. False if even that fails."""
    text = json.dumps({"account": words.account.figures(), "done": sorted(words.done)}).encode()
    if len(text) > SIZE:
        return False
    try:
        with spool.with_suffix(SUFFIX).open("r+b") as file:
            file.write(text.ljust(SIZE))
    except OSError:
        return False
    return True


def read(spool: Path) -> LastWords | None:
    """What was written, if anything was."""
    try:
        words = json.loads(spool.with_suffix(SUFFIX).read_bytes())
        return LastWords(Account(**words["account"]), frozenset(words["done"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(spool: Path) -> None:
    """Remove the file."""
    with suppress(OSError):
        spool.with_suffix(SUFFIX).unlink()
