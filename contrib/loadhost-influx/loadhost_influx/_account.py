"""The sum: where each point that was made has gone."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Account:
    """Counts of points. Each point that was produced is in exactly one of the other four, or the sum does not add up.

    `acknowledged`: the database said that it has them. `spooled`: on disk, still to be sent. `quarantined`: refused by
    the database for what they are, and put into a file. `dropped`: lost, for lack of room or because a disk failed.
    """

    produced: int = 0
    acknowledged: int = 0
    spooled: int = 0
    quarantined: int = 0
    dropped: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether no point is missing, and none is counted twice."""
        return self.produced == self.acknowledged + self.spooled + self.quarantined + self.dropped

    def __add__(self, other: Account) -> Account:
        return Account(
            self.produced + other.produced,
            self.acknowledged + other.acknowledged,
            self.spooled + other.spooled,
            self.quarantined + other.quarantined,
            self.dropped + other.dropped,
        )

    def figures(self) -> dict[str, int]:
        """The counts by name, as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.produced:,} produced {'=' if self.adds_up else '≠'} {self.acknowledged:,} acknowledged + "
            f"{self.spooled:,} spooled + {self.quarantined:,} quarantined + {self.dropped:,} dropped"
        )
