"""The command line: six steps from arguments to an exit code, and one line for whatever goes wrong."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadhost._cli import errors
from loadhost._cli.scan import is_completing, scan

if TYPE_CHECKING:
    from loadhost._cli.session import Session

logger = logging.getLogger("loadhost.plugins")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `loadhost` command with these arguments (by default the process's own). Returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(arguments)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException as error:
        return errors.report(error, debug=_wants_tracebacks(arguments))
    finally:
        errors.flush_stdout()


def _wants_tracebacks(arguments: list[str]) -> bool:
    return scan(arguments).debug or os.environ.get("LOADHOST_DEBUG", "").lower() in ("1", "true", "yes", "on")


def _run(arguments: list[str]) -> int:
    from loadhost._cli.own_line import run_own_line

    code = run_own_line(arguments)
    if code is not None:
        return code
    if "--version" in arguments[: arguments.index("--") if "--" in arguments else None]:
        _show_version()
        return 0

    from loadhost._cli import logs
    from loadhost._cli.session import open_session
    from loadhost._cli.signals import interrupt_at_once

    logs.set_up()
    with interrupt_at_once():
        session = open_session(arguments, os.environ, Path.cwd())
    _check(session)
    parsed = _parse(session, arguments)
    if isinstance(parsed, int):  # help was shown
        return parsed
    return (parsed.run() or 0) if parsed is not None else 0


def _show_version() -> None:
    from platform import python_version

    from loadhost import __version__

    print(f"loadhost {__version__} (Python {python_version()})")


def _check(session: Session) -> None:
    """What the parser does not see, or would say less well."""
    from loadhost._cli.config_file import unknown_key
    from loadhost._cli.unknown_options import unknown_option
    from loadhost.exception import UsageError

    if is_completing(session.environ):
        return
    for _, _, line in session.manager.check_pending():
        logger.warning("%s", line)
    words = session.words().positional
    if words and words[0] not in session.commands.first_words():
        if session.words().unknown:  # what looks like a command may be its value
            raise unknown_option(session.words().unknown[0], session.registry, command="")
        raise _unknown_command(words[0], session.commands.first_words())
    group = session.commands.in_group(words[0]) if len(words) == 1 else []
    if group and not session.is_lenient:
        raise UsageError(f"'loadhost {words[0]}' needs a command: {', '.join(group)}")
    if session.is_lenient or words[:1] != ("run",):
        return
    unknown = unknown_key(session.file, session.registry)
    if unknown and _something_is_left_out(session):
        logger.warning("%s (a plugin is left out)", unknown)
    elif unknown:
        raise UsageError(unknown)


def _something_is_left_out(session: Session) -> bool:
    """Then a key of the configuration file may well be an option of what is missing."""
    infos = session.manager.plugins()
    return session.no_plugins or any(info.state in ("blocked", "broken") for info in infos)


def _unknown_command(word: str, known: Sequence[str]) -> Exception:
    from loadhost._options.convert import did_you_mean
    from loadhost.exception import UsageError

    if word.endswith(".py"):
        return UsageError(f"there is no command '{word}'; to run a loadfile, write: loadhost run {word}")
    return UsageError(f"there is no command '{word}'{did_you_mean(word, known)}; commands are {', '.join(known)}")


def _parse(session: Session, arguments: list[str]) -> Any:
    """Step 6. Returns a Parsed, or the exit code if help was shown."""
    import typer.main

    from loadhost._cli.app import build_app

    if session.note:
        print(session.note)
    if _is_bare(session):
        arguments = [*arguments, "--help"]
    command = typer.main.get_command(build_app(session))
    try:
        return command.main(args=arguments, prog_name="loadhost", standalone_mode=False)
    except typer.TyperException as error:
        raise _own_error(error, session) from None
    except SystemExit:  # how the library ends a completion, and answers when nobody reads its help to the end
        if is_completing(session.environ):
            raise
        raise BrokenPipeError(errno.EPIPE, "nobody reads standard output") from None


def _is_bare(session: Session) -> bool:
    """Whether nothing was asked for: then the help is the answer."""
    words = session.words()
    return not words.positional and not words.unknown and not session.is_lenient


def _own_error(error: Any, session: Session) -> Exception:
    """What we know of an unknown option, if that is what the parser complains of; else its own error."""
    from loadhost._cli.unknown_options import unknown_option

    flag, near = getattr(error, "option_name", None), getattr(error, "possibilities", ())
    if not flag or not hasattr(error, "possibilities"):
        return error  # type: ignore[no-any-return]  # it has come as one
    path = getattr(getattr(error, "ctx", None), "command_path", "loadhost")
    command = path.removeprefix("loadhost").strip()
    return unknown_option(flag, session.registry, command=command, existing=session.commands.names(), near=near or ())
