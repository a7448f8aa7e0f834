"""The `loadhost` command, and `python -m loadhost`: patches with gevent before anything else is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Patch, then run the command line, of these arguments or of the process's own. Returns the exit code."""
    from loadhost._patch import patch

    patch()
    from loadhost._cli.main import main as run_command_line

    return run_command_line(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
