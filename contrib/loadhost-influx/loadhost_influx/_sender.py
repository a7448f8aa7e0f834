"""The sender: a greenlet that takes batches from the spool, posts them, and does what the answers say."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.event import Event

from loadhost_influx._answer import Answer, Meaning
from loadhost_influx._backoff import Backoff
from loadhost_influx._bad_lines import bad_lines
from loadhost_influx._batch import Batch, halves
from loadhost_influx._http import Http
from loadhost_influx._quarantine import Refused
from loadhost_influx._spool import Spool
from loadhost_influx._troubles import Troubles

_T = TypeVar("_T")
HURRIED_LONGEST_S = 1.0
"""The longest wait between attempts at the end of a run."""

BREATH_S = 0.005
"""After each halving, while the run goes on: a batch of 5,000 bad lines is posted 10,000 times until all are found."""


class Sender:
    """A batch leaves the spool only when its fate is known; a resend after a lost acknowledgement overwrites itself.

    `background`: runs functions of the spool where they may block.
    """

    def __init__(self, spool: Spool, http: Http, background: Any, troubles: Troubles) -> None:
        self._spool = spool
        self._http = http
        self._background = background
        self._troubles = troubles
        self._backoff = Backoff()
        self._more = Event()
        self._hurry = Event()
        self._not_before = 0.0
        self._draining = False
        self._create = http.target.settings.create_database and not http.target.v2
        self.refused = False
        """Whether the last answer was one that waiting doesn't mend: wrong credentials, no such database."""

    def wake(self) -> None:
        """There is something new in the spool."""
        self._more.set()

    def drain(self) -> None:
        """From now on, end when the spool is empty, or when an attempt is refused; and wait less between attempts."""
        self._draining = True
        self._backoff.longest_s = HURRIED_LONGEST_S
        self._more.set()
        self._hurry.set()

    def run(self) -> None:
        """Send for ever; when draining, until there is nothing more to be done."""
        while True:
            self._more.clear()
            draining = self._draining
            wait = self._guarded_step()
            if draining and (wait is None or self.refused):
                return
            if wait is None:
                self._more.wait()
            elif wait:
                self._rest(wait)

    def step(self) -> float | None:
        """Send one batch. Returns how many seconds to wait before the next one; None if there is none."""
        if self._create and (wait := self._create_database()):
            return wait
        batch = self._call(self._spool.take)
        if batch is None:
            return None
        answer = self._http.write(batch.body)
        self.refused = answer.meaning is Meaning.REFUSED
        match answer.meaning:
            case Meaning.TAKEN:
                self._call(self._spool.settle, batch, acknowledged=batch.points)
                self._troubles.over()
                self._backoff.reset()
                return 0.0
            case Meaning.TOO_LARGE:
                return self._split(batch, answer)
            case Meaning.BAD_LINE:
                return self._sort_out(batch, answer)
        return self._keep(batch, answer)

    def _guarded_step(self) -> float | None:
        try:
            return self.step()
        except Exception as error:  # a damaged disk, most likely; whatever it is, the run goes on
            words = self._http.target.redacted(f"points can't be taken from the spool and sent ({error!r})")
            self._troubles.report("spool", words, "")
            return self._backoff.next()

    def _rest(self, seconds: float) -> None:
        """Wait; `drain` makes it shorter, but not than the database asked for."""
        self._hurry.wait(seconds)
        self._hurry.clear()
        gevent.sleep(max(0.0, self._not_before - time.monotonic()))

    def _split(self, batch: Batch, answer: Answer) -> float:
        lines = self._call(batch.lines)
        if len(lines) > 1:
            self._settle(batch, rest=halves(lines))
        else:
            self._settle(batch, refused=[Refused(lines[0], answer.reason)])
        return self._breath_s

    def _sort_out(self, batch: Batch, answer: Answer) -> float:
        lines = self._call(batch.lines)
        bad = self._call(bad_lines, lines, answer)
        if not bad:
            self._settle(batch, rest=halves(lines))
            return self._breath_s
        rest = [line for index, line in enumerate(lines) if index not in bad]
        self._settle(batch, refused=list(bad.values()), rest=[rest] if rest else [])
        return 0.0

    @property
    def _breath_s(self) -> float:
        return 0.0 if self._draining else BREATH_S

    def _settle(self, batch: Batch, **fate: Any) -> None:
        if refused := fate.get("refused"):
            place = self._spool.quarantine or "nowhere, there is no disk"
            self._troubles.warn(
                "quarantine", f"the database refuses {len(refused):,} points ({refused[0].reason}); they are in {place}"
            )
        if reason := self._call(self._spool.settle, batch, **fate):
            self._troubles.warn("drop", f"{reason}: points are dropped, and counted")

    def _keep(self, batch: Batch, answer: Answer) -> float:
        if answer.status >= 500:
            self._call(self._spool.postpone, batch)
        if answer.status == 404 and self._http.target.settings.create_database and not self._http.target.v2:
            self._create, self.refused = True, False
        self._troubles.report(*trouble(answer, self._http))
        self._not_before = time.monotonic() + answer.wait_s()
        return max(self._backoff.next(), answer.wait_s())

    def _create_database(self) -> float:
        answer = self._http.create_database()
        if answer.meaning is Meaning.LATER:
            self._troubles.report(*trouble(answer, self._http))
            return self._backoff.next()
        self._create = False
        if answer.status != 200:
            self._troubles.warn("create", f"{self._http.target.place} can't be created ({answer.reason})")
        return 0.0

    def _call(self, function: Callable[..., _T], *arguments: Any, **keywords: Any) -> _T:
        result: _T = self._background.apply(function, arguments, keywords)
        return result


def trouble(answer: Answer, http: Http) -> tuple[str, str, str]:
    """Its kind, what it is, and what to mend."""
    settings = http.target.settings
    if answer.meaning is Meaning.LATER:
        return ("later", answer.reason, "")
    if answer.status in (401, 403):
        who = "this token" if settings.token else f"user {settings.user!r}" if settings.user else "anonymous writes"
        advice = "check --influx-token" if settings.token else "check --influx-user and --influx-password"
        return ("credentials", f"{who} is refused ({answer.reason})", advice)
    if answer.status == 404 and any(word in answer.text for word in ("database", "bucket", "retention policy")):
        advice = "create it" if http.target.v2 else "create it, or add --influx-create-database"
        return ("place", f"{http.target.place} is not found ({answer.reason})", advice)
    if answer.location:
        return ("address", f"it redirects to {answer.location}", "give the right --influx-url")
    return ("address", f"no answer of a database ({answer.reason})", "check --influx-url")
