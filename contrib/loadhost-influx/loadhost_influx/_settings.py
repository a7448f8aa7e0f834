"""Settings: where points go, which, and what may be spent on it; every value checked, errors one line each."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from loadhost import UsageError

APIS = ("auto", "v1", "v2")
MODES = ("aggregate", "raw")
LONGEST_DRAIN_S = 50.0
_NEAR_ENGINES = (None, "", "local", "processes")
"""Their workers run on this machine, and reach the database and the spool as it does."""
# Tags that the points themselves have: a user's tag of that name would replace it, and counts would overwrite others.
RESERVED_TAGS = frozenset(
    ("error", "kind", "le", "method", "metric", "name", "outcome", "run", "source", "time", "user_class", "worker")
)


@dataclass(frozen=True)
class Settings:
    """All that the plugin needs to know.

    `api` "auto": v2 if there is a bucket, an org, or a token without a database; else v1.

    `url`: http(s)://host:port, without a slash at its end. `tags`: sorted pairs, on every point. `sample`: the share
    (0..1] of requests that raw mode writes. `spool`: the folder of the spool; None means `spool_folder`'s own.
    `spool_limit_bytes`: on disk. `drain_s`: at the end of a run. `verify`: certificates of https. `run_id`: "" until
    a run begins. Password and token show in no repr.
    """

    url: str
    database: str | None = None
    org: str | None = None
    bucket: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    api: str = "auto"
    interval_s: float = 5.0
    tags: tuple[tuple[str, str], ...] = ()
    mode: str = "aggregate"
    sample: float = 1.0
    spool: Path | None = None
    spool_limit_bytes: int = 1 << 30
    drain_s: float = 30.0
    verify: bool = True
    create_database: bool = False
    run_id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _checked_url(self.url))
        _refuse_unless(self.api in APIS, f"--influx-api {self.api!r} is not one of {', '.join(APIS)}")
        _refuse_unless(self.mode in MODES, f"--influx-mode {self.mode!r} is not one of {', '.join(MODES)}")
        self._check_target()
        self._check_login()
        self._check_amounts()

    def _check_target(self) -> None:
        if self.resolved_api == "v2":
            _refuse_unless(
                bool(self.bucket),
                "the v2 API needs a bucket: add --influx-bucket (and --influx-org), or --influx-api v1",
            )
        else:
            _refuse_unless(
                bool(self.database), "where to write is missing: add --influx-database (v1), or --influx-bucket (v2)"
            )

    def _check_login(self) -> None:
        _refuse_unless(
            self.password is None or self.user is not None,
            "--influx-password without --influx-user: add the user, or give --influx-token",
        )
        # Whoever sends such a header says it all in the error.
        token = self.token or ""
        _refuse_unless(
            token.isascii() and token.isprintable(),
            "--influx-token has a line break in it, or a character that no HTTP header can hold; give it without",
        )

    def _check_amounts(self) -> None:
        _refuse_unless(
            self.interval_s >= 1, f"--influx-interval {self.interval_s:g}s is too short: figures come once a second"
        )
        _refuse_unless(0 < self.sample <= 1, f"--influx-sample {self.sample:g} is no share: give more than 0, up to 1")
        _refuse_unless(
            self.drain_s <= LONGEST_DRAIN_S,
            f"--influx-drain {self.drain_s:g}s is too long: the end of a run gives a plugin 60 s, so give at most "
            f"{LONGEST_DRAIN_S:g}s; what is not sent then can be replayed",
        )
        _refuse_unless(
            self.spool_limit_bytes >= 1 << 20,
            f"--influx-spool-limit {self.spool_limit_bytes} bytes is too little: give at least 1MiB",
        )

    def refuse_far_workers(self, engine: str | None) -> None:
        """Raise UsageError if workers of this engine would write raw points from other machines."""
        _refuse_unless(
            self.mode != "raw" or engine in _NEAR_ENGINES,
            f"--influx-mode raw with --engine {engine}: each worker would write from its own machine, whose spool "
            "nobody could replay from here; use --influx-mode aggregate, or --processes",
        )

    @property
    def resolved_api(self) -> str:
        """ "v1" or "v2": `api`, or what "auto" means with these settings."""
        if self.api != "auto":
            return self.api
        return "v2" if (self.bucket or self.org or (self.token and not self.database)) else "v1"

    @property
    def spool_folder(self) -> Path:
        """Where batches are kept until they are acknowledged."""
        return self.spool or _state_folder() / "loadhost-influx"

    @classmethod
    def from_options(cls, options: Namespace, run_id: str = "") -> Settings | None:
        """The settings that the options describe; None without an address. Raises UsageError.

        An option that the command doesn't have (`loadhost influx check` has no interval) stays at its default.
        """
        if not getattr(options, "influx_url", None):
            return None
        given = {name: getattr(options, option) for name, option in _OPTION_OF.items() if hasattr(options, option)}
        return cls(**given, tags=parsed_tags(getattr(options, "influx_tags", ())), run_id=run_id)


_OPTION_OF = {
    name: "influx_" + name.removesuffix("_s").removesuffix("_bytes")
    for name in (
        *("url", "database", "org", "bucket", "user", "password", "token", "api", "interval_s", "mode", "sample"),
        *("spool", "spool_limit_bytes", "drain_s", "verify", "create_database"),
    )
}


def parsed_tags(texts: Iterable[str] | str | None) -> tuple[tuple[str, str], ...]:
    """Sorted pairs of "env=ci,build=123" (or several such texts). Raises UsageError."""
    parts = [part.strip() for text in ([texts] if isinstance(texts, str) else texts or ()) for part in text.split(",")]
    tags: dict[str, str] = {}
    for part in filter(None, parts):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        _refuse_unless(
            bool(key and equals and value), f"--influx-tags {part!r} is no tag; write key=value, as in env=ci,build=123"
        )
        _refuse_unless(
            not key.startswith("_"), f"--influx-tags: {key!r} begins with _, which databases keep for themselves"
        )
        _refuse_unless(
            key not in RESERVED_TAGS, f"--influx-tags: {key!r} is a tag of loadhost's own; name it otherwise"
        )
        _refuse_unless(
            tags.get(key, value) == value, f"--influx-tags: {key!r} is given twice, {tags.get(key)!r} and {value!r}"
        )
        tags[key] = value
    return tuple(sorted(tags.items()))


def _state_folder() -> Path:
    # Not the folder for temporary files: what is spooled must be there after a reboot.
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    _refuse_unless(good, f"--influx-url {_shown(url)!r} is no address; write for example http://db.test:8086")
    _refuse_unless(
        "@" not in parts.netloc,
        f"--influx-url {_shown(url)}: give user and password by --influx-user and --influx-password",
    )
    _refuse_unless(
        not parts.query and not parts.fragment,
        f"--influx-url {_shown(url)}: leave out what comes after the path (? and #)",
    )
    return url.strip().rstrip("/")


def _shown(url: str) -> str:
    """Without a login, and what comes after the path: InfluxDB takes a password there, too."""
    scheme, separator, rest = re.split("[?#]", url, maxsplit=1)[0].rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _refuse_unless(good: bool, message: str) -> None:
    if not good:
        raise UsageError(message)
