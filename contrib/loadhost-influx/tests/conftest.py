"""What the tests of both halves share."""

from __future__ import annotations
