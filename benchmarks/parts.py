"""The peers: what is there, and what is installed when it is not."""

from __future__ import annotations

import os
import shutil


def find(program: str) -> str | None:
    """The path of a program. Debian keeps servers in /usr/sbin, which is not on everybody's PATH."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
