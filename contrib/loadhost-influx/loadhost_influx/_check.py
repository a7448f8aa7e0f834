"""`loadhost influx check`: tries address, credentials, database and a write, and says what to mend."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from loadhost import UsageError
from loadhost_hookspecs import Config

from loadhost_influx._answer import Answer, Meaning, parsed
from loadhost_influx._batch import pack
from loadhost_influx._settings import Settings

if TYPE_CHECKING:
    from loadhost_influx._http import Http

MEASUREMENT = "loadhost_check"


class Step(NamedTuple):
    """`good` None: it can't be told here."""

    good: bool | None
    text: str


def check(config: Config) -> int:
    """One line per step. Returns 0 if points can be written, else 1."""
    # Not at the top: requests has to wait for gevent's patches.
    from loadhost_influx._http import Http

    settings = Settings.from_options(config.options)
    if settings is None:
        raise UsageError("there is nothing to check: give --influx-url, for example http://localhost:8086")
    http = Http(settings)
    try:
        return _run(http)
    finally:
        http.close()


def _run(http: Http) -> int:
    steps: dict[str, Callable[[Http], Step]] = {
        "address": _address,
        "credentials": _credentials,
        "database": _database,
        "write": _write,
    }
    failed = False
    for name, function in steps.items():
        step = Step(None, "not tried") if failed else function(http)
        mark = {True: "ok", False: "FAILED", None: "?"}[step.good]
        print(f"{name:<12} {mark:<7} {step.text}")
        failed = failed or step.good is False
    return 1 if failed else 0


def _address(http: Http) -> Step:
    began = time.monotonic()
    answer = http.get("/ping")
    settings = http.target.settings
    if not answer.status:
        return Step(False, f"{settings.url}: {answer.reason}; check --influx-url, and whether the database runs")
    if answer.location:
        return Step(False, f"{settings.url} redirects to {answer.location}; give the right --influx-url")
    speaker = f"InfluxDB {answer.version}" if answer.version else "something that does not say what it is"
    return Step(True, f"{settings.url}: {speaker} answers within {1000 * (time.monotonic() - began):.0f} ms")


def _credentials(http: Http) -> Step:
    answer = _ask_for_places(http)
    who = _who(http)
    if answer.status in (401, 403):
        return Step(False, _advice(answer, http))
    if answer.status != 200:
        return Step(None, f"{who}: it does not tell; the write will")
    return Step(True, who)


def _database(http: Http) -> Step:
    target = http.target
    if target.v2:
        return Step(None, f"{target.place}: the write will tell")
    if target.settings.create_database:
        answer = http.create_database()
        if answer.status != 200:
            return Step(False, f"{target.place} can't be created: {answer.reason}")
        return Step(True, f"{target.place} is there, or was created")
    if target.settings.database in _names(_ask_for_places(http)):
        return Step(True, f"{target.place} is there")
    return Step(None, f"{target.place} is not listed; the write will tell")


def _write(http: Http) -> Step:
    answer = http.write(pack([f"{MEASUREMENT},source=check value=1 {time.time_ns()}"]))
    if answer.meaning is Meaning.TAKEN:
        return Step(True, f"a point of measurement {MEASUREMENT} was written to {http.target.place}")
    return Step(False, _advice(answer, http))


def _ask_for_places(http: Http) -> Answer:
    settings = http.target.settings
    if http.target.v2:
        owner = {"org": settings.org} if settings.org else {}
        return http.get("/api/v2/buckets", {**owner, "name": settings.bucket or ""})
    return http.get("/query", {"q": "SHOW DATABASES"})


def _names(answer: Answer) -> set[str]:
    """Of the databases, in an answer of /query; nothing if it is none."""
    results: Any = parsed(answer.text).get("results")
    try:
        return {row[0] for series in results[0]["series"] for row in series["values"]}
    except (KeyError, TypeError, IndexError):
        return set()


def _who(http: Http) -> str:
    settings = http.target.settings
    return "the token" if settings.token else f"user {settings.user!r}" if settings.user else "nobody: none are given"


def _advice(answer: Answer, http: Http) -> str:
    from loadhost_influx._sender import trouble

    _, words, advice = trouble(answer, http)
    return "; ".join(filter(None, (words, advice)))
