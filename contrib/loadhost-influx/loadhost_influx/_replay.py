"""`loadhost influx replay`: sends what earlier runs left in their spools, and says each one's sum."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import gevent
import typer
from gevent.threadpool import ThreadPool
from loadhost import UsageError
from loadhost_hookspecs import Config

from loadhost_influx._folder import spools_in
from loadhost_influx._settings import Settings
from loadhost_influx._stored import for_replay
from loadhost_influx._troubles import Troubles

if TYPE_CHECKING:
    from loadhost_influx._sender import Sender
    from loadhost_influx._spool import Spool


def replay(
    directory: Annotated[Path, typer.Argument(help="The folder of a run's spool, or the one that holds all of them.")],
    config: Config,
) -> int:
    """Send every spool below `directory`. Returns 0 if nothing is left to be sent, else 1."""
    if not directory.is_dir():
        raise UsageError(
            f"{directory} is no folder: all that was in it is sent already, or it is not the one that the run printed"
        )
    spools = list(spools_in(directory))
    if not spools:
        print(f"no spool in {directory}: nothing to send")
    results = [_replay_one(path, config) for path in spools]
    return 0 if all(results) else 1


def _replay_one(path: Path, config: Config) -> bool:
    from loadhost_influx._spool import Spool
    from loadhost_influx._spool_file import NoSpool, SpoolInUse

    try:
        spool = Spool.open(path, config.options.influx_spool_limit)
    except (SpoolInUse, NoSpool) as error:
        print(f"{error}; left as it is", file=sys.stderr)
        return False
    try:
        about = spool.about()
        settings = for_replay(about, config)
        ended = spool.finished
        name = f"run {about.get('run_id', path.parent.name)} (process {about.get('process', '?')})"
        _send(spool, settings, config.options.influx_drain)
    except BaseException:
        spool.abandon()
        raise
    account = spool.finish(ended=False)
    print(f"{name}: {account}{'' if ended else '; it was killed, and its last two seconds may be missing'}")
    if account.quarantined:
        print(f"{name}: what the database refused is in {spool.quarantine}")
    if account.spooled:
        print(f"{name}: {account.spooled:,} points are left in {path}", file=sys.stderr)
    return not account.spooled


def _send(spool: Spool, settings: Settings, patience_s: float) -> None:
    from loadhost_influx._http import Http
    from loadhost_influx._sender import Sender

    pool, http = ThreadPool(1), Http(settings)
    troubles = Troubles(f"InfluxDB at {settings.url}", "what it does not take stays in the spool")
    try:
        _send_all(Sender(spool, http, pool, troubles), spool, patience_s)
    finally:
        http.close()
        pool.kill()


def _send_all(sender: Sender, spool: Spool, patience_s: float) -> None:
    """Until nothing is left, it is refused, or nothing has gone for `patience_s`."""
    left, since = spool.account.spooled, time.monotonic()
    while (wait := sender.step()) is not None and not sender.refused:
        if spool.account.spooled < left:
            left, since = spool.account.spooled, time.monotonic()
        if time.monotonic() + wait > since + patience_s:
            return
        gevent.sleep(wait)
