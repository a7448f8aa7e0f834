"""Files that reports are written to: refused before the run if they can't be written, replaced in one step."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from loadhost import UsageError

logger = logging.getLogger("loadhost.reports")


def refuse_unwritable(path: Path, option: str) -> None:
    """Raise UsageError, naming `option`, if no file can be written at `path`. Leaves nothing behind."""
    try:
        if not path.name or path.is_dir():
            raise IsADirectoryError(None, "it is a folder, give the name of a file in it")
        if _is_special(path):
            # Not opened: opening a pipe waits until somebody reads it.
            if not os.access(path, os.W_OK):
                raise PermissionError(None, "permission denied")
        else:
            folder = _first_existing(path.absolute().parent)
            # Really tried: permission bits say little to root, on read-only or network file systems.
            with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{path.name[:100]}."):
                pass
            if len(os.fsencode(path.name)) > 200:
                raise OSError(None, "the name is too long, at most 200 bytes")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{option} {path}: can't be written: {reason}; give a path that can be written") from error


@contextmanager
def replacing(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """Write `path` anew so that a reader sees the old file or the whole new one, never a part.

    Folders that are missing are made. What is no regular file (/dev/stdout, a pipe) is written as it comes. What
    UTF-8 has no bytes for (a lone surrogate in a name) is written as an escape that JSON reads back.
    """
    if _is_special(path):
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline=newline) as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("w", encoding="utf-8", errors="backslashreplace", newline=newline) as file:
            yield file
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _first_existing(folder: Path) -> Path:
    """The nearest folder that exists; the ones below it are made when the run begins."""
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


@contextmanager
def writing(path: Path, option: str) -> Iterator[TextIO]:
    """Write a report that was asked for by `option`, as `replacing` does. What the disk refuses is one line in the log:
    it must neither hide the verdict nor take the other reports away."""
    try:
        with replacing(path) as file:
            yield file
    except OSError as error:
        reason = error.strerror or str(error)
        logger.error("%s: %s could not be written: %s; the run's other results are kept", option, path, reason)
