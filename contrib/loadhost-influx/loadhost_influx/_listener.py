"""The export in code, as people know it: settings, and a listener that is made in an `init` listener."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadhost import UsageError

from loadhost_influx._exporter import Exporter
from loadhost_influx._folder import check_folder
from loadhost_influx._settings import Settings, parsed_tags


@dataclass(frozen=True, kw_only=True)
class InfluxDBSettings:
    """Where the database is, and the rest as the options of the same names have it; each is used.

    `influx_host`: a name, or an address with http:// or https://. `influx_port`: a number or its text.
    `interval_ms`: the same as `interval_s`, for those who come with it. `tags`: {"env": "ci"} or "env=ci".
    """

    influx_host: str = "localhost"
    influx_port: int | str = 8086
    user: str | None = None
    pwd: str | None = field(default=None, repr=False)
    database: str | None = None
    org: str | None = None
    bucket: str | None = None
    token: str | None = field(default=None, repr=False)
    api: str = "auto"
    interval_s: float = 5.0
    interval_ms: float | None = None
    tags: Mapping[str, str] | str = ""
    mode: str = "aggregate"
    sample: float = 1.0
    spool: Path | str | None = None
    spool_limit_bytes: int = 1 << 30
    drain_s: float = 30.0
    verify: bool = True
    create_database: bool = False

    def settings(self) -> Settings:
        """Checked, and in the plugin's own form. Raises UsageError."""
        tags = self.tags if isinstance(self.tags, str) else [f"{key}={value}" for key, value in self.tags.items()]
        return Settings(
            url=self._url(),
            database=self.database,
            org=self.org,
            bucket=self.bucket,
            user=self.user,
            password=self.pwd,
            token=self.token,
            api=self.api,
            interval_s=self.interval_s if self.interval_ms is None else self.interval_ms / 1000,
            tags=parsed_tags(tags),
            mode=self.mode,
            sample=self.sample,
            spool=Path(self.spool) if self.spool is not None else None,
            spool_limit_bytes=self.spool_limit_bytes,
            drain_s=self.drain_s,
            verify=self.verify,
            create_database=self.create_database,
        )

    def _url(self) -> str:
        try:
            port = int(self.influx_port)
        except (TypeError, ValueError):
            port = 0
        if not 0 < port < 65536:
            raise UsageError(f"InfluxDBSettings: influx_port={self.influx_port!r} is no port; give 1 to 65535")
        host = self.influx_host
        if "://" in host:
            return f"{host.rstrip('/')}:{port}"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class InfluxDBListener:
    """Exports every run of `env` from now on, beside whatever --influx-url asks for.

    ::

        @events.init.add_listener
        def on_init(environment, **kwargs):
            settings = InfluxDBSettings(influx_host="localhost", influx_port="8086", user="admin", pwd="pass",
                                        database="test-project")
            InfluxDBListener(env=environment, influxDbSettings=settings)
    """

    def __init__(self, env: Any, influxDbSettings: InfluxDBSettings) -> None:
        from loadhost.runners import STATE_RUNNING, STATE_SPAWNING  # late: `loadhost plugins` needs no runner

        settings = influxDbSettings.settings()
        settings.refuse_far_workers(getattr(env.config.options, "engine", None))
        if env.node != "worker":
            check_folder(settings)
        exporter = Exporter(settings)
        env.plugin_manager.register(exporter, env.plugin_manager.free_name("influx-listener"))
        if env.runner is not None and env.runner.state in (STATE_SPAWNING, STATE_RUNNING):
            exporter.begin(env)
