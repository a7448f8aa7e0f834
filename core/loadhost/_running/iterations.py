"""IterationBudget: so many task runs, and no more, for all users of a run together."""

from __future__ import annotations

from collections.abc import Callable

from loadhost.exception import UsageError


class IterationBudget:
    """What --iterations gives to spend. Users take one before each task run, and end when there is none left.

    Whoever has users elsewhere takes a share for them with `share`, and brings back with `give_back` what they can no
    longer use; both ends count in `taken`. `exhausted` is called when the last one is taken, each time that is so.
    """

    def __init__(self, total: int, exhausted: Callable[[], None] = lambda: None) -> None:
        if not isinstance(total, int) or isinstance(total, bool) or total < 1:
            raise UsageError(f"iterations: {total!r} is not possible; give a whole number, 1 or more")
        self.total = total
        self.taken = 0
        self._exhausted = exhausted

    @property
    def left(self) -> int:
        """How many can still be taken."""
        return self.total - self.taken

    @property
    def exhausted(self) -> bool:
        """Whether all are taken."""
        return self.taken >= self.total

    def take(self) -> bool:
        """One for a user who is about to run a task; False if there is none."""
        # Not share(1): this is on the path of every task.
        if self.taken >= self.total:
            return False
        self.taken += 1
        if self.taken == self.total:
            self._exhausted()
        return True

    def share(self, wanted: int) -> int:
        """Up to so many at once, for several users; the number says how many it was."""
        given = min(max(wanted, 0), self.left)
        self.taken += given
        if given and self.exhausted:
            self._exhausted()
        return given

    def give_back(self, count: int) -> None:
        """So many of those taken were not begun, and never will be by those who had them."""
        if not 0 <= count <= self.taken:
            raise ValueError(f"{count} iterations can't be given back: {self.taken} are taken")
        self.taken -= count
