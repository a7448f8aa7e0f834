"""`python -m loadhost_locust script.py ARGUMENTS`: run a program that imports locust as a library, with loadhost."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main() -> int:
    """Patch, as Locust does when it is imported, then run the script as if Python itself had been given it."""
    if len(sys.argv) < 2:
        sys.stderr.write("usage: python -m loadhost_locust script.py [arguments]\n")
        return 2
    import loadhost

    loadhost.patch()
    from loadhost_locust import install

    install(instead=True)
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
