"""How errors reach the person: one line on standard error, and the exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import TextIO

from loadhost.exception import LoadhostError, PluginError, UsageError

USAGE, PLUGIN, INTERRUPTED, CLOSED_PIPE = 2, 5, 130, 141

_OF_LOCUST = "; to run it as it is: pip install loadhost-locust; or change the import: from loadhost import ..."


def report(error: BaseException, *, debug: bool, stream: TextIO | None = None) -> int:
    """Write what the error says, and return the exit code. With `debug`, its traceback comes first."""
    stream = stream or sys.stderr
    if _is_closed_pipe(error):
        silence_stdout()
        return CLOSED_PIPE
    if isinstance(error, KeyboardInterrupt):
        print("loadhost: interrupted", file=stream)
        return INTERRUPTED
    if debug:
        traceback.print_exception(error, file=stream)
    line, code = describe(error)
    print(f"loadhost: error: {one_line(line)}", file=stream)
    return code


def describe(error: BaseException) -> tuple[str, int]:
    """What to say of the error, and the exit code it stands for."""
    if isinstance(error, UsageError):
        return str(error), USAGE
    if isinstance(error, PluginError):
        return _own_line(error) or str(error), PLUGIN
    if isinstance(error, LoadhostError):
        return str(error), PLUGIN
    format_message = getattr(error, "format_message", None)  # the command line library's own errors, by their shape
    if callable(format_message):
        return str(format_message()), int(getattr(error, "exit_code", USAGE))
    return f"unexpected {type(error).__name__}: {error}; --debug shows where", PLUGIN


def _own_line(error: PluginError) -> str | None:
    """For a loadfile that raised: the file, the line and the code of its author, not our traceback."""
    path = getattr(error, "path", None)
    cause = error.__cause__
    if path is None or cause is None:
        return None
    where = _place(cause, Path(path))
    said = str(cause).splitlines()[0] if str(cause) else ""
    if isinstance(cause, SyntaxError):
        said = cause.msg
    if isinstance(cause, ModuleNotFoundError) and cause.name == "locust":
        said += _OF_LOCUST
    return f"{where}: {type(cause).__name__}: {said}" if said else f"{where}: {type(cause).__name__}"


def _place(cause: BaseException, path: Path) -> str:
    if isinstance(cause, SyntaxError) and cause.filename:
        code = (cause.text or "").strip()
        return _with_code(cause.filename, cause.lineno or 0, code)
    frames = traceback.extract_tb(cause.__traceback__)
    own = [frame for frame in frames if Path(frame.filename) == path]
    if not own:
        return str(path)
    return _with_code(own[-1].filename, own[-1].lineno or 0, own[-1].line or "")


def _with_code(file: str, line: int, code: str) -> str:
    return f"{file}, line {line}: `{code}`" if code else f"{file}, line {line}"


def one_line(text: str) -> str:
    """The text on one line, control characters escaped: an error may quote anything."""
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in joined)


def _is_closed_pipe(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def silence_stdout() -> None:
    """Nobody reads standard output any more: keep the interpreter from complaining at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # standard output is no file, as in tests
        return


def flush_stdout() -> None:
    """Write what is buffered; a reader that has gone, or a full disk, is no error any more at the very end."""
    try:
        sys.stdout.flush()
    except OSError:
        silence_stdout()
    except ValueError:  # closed
        return
