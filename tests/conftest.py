"""For the tests of loadhost itself: hypothesis without a deadline, which a busy machine would break now and then."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("loadhost", deadline=None)
settings.load_profile("loadhost")
