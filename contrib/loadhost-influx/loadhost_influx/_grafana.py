"""`loadhost influx grafana DIR`: files that Grafana reads at its start, for the data source and two dashboards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from loadhost import UsageError
from loadhost_hookspecs import Config

from loadhost_influx._dashboards import comparison, overview
from loadhost_influx._settings import Settings

DEFAULT_URL, DEFAULT_DATABASE = "http://localhost:8086", "loadhost"

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder to write; Grafana's /etc/grafana/provisioning.")
]
SeenAt = Annotated[
    str, typer.Option(help="Where Grafana sees DIR/dashboards, if DIR is not mounted at the usual place.")
]


def grafana(config: Config, directory: Folder, dashboards_path: SeenAt = "/etc/grafana/provisioning/dashboards") -> int:
    """Write the files. A password or token is never among them: Grafana reads it from its own environment."""
    options = config.options
    if not options.influx_url:
        options.influx_url = DEFAULT_URL
    if not options.influx_database and not options.influx_bucket:
        options.influx_database = DEFAULT_DATABASE
    settings = Settings.from_options(options)
    assert settings is not None  # it has an address now
    files = {
        "datasources/loadhost.yaml": data_source(settings),
        "dashboards/loadhost.yaml": _provider(dashboards_path),
        "dashboards/loadhost-overview.json": json.dumps(overview(), indent=2) + "\n",
        "dashboards/loadhost-comparison.json": json.dumps(comparison(), indent=2) + "\n",
    }
    try:
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            typer.echo(f"wrote {path}")
    except OSError as error:
        raise UsageError(f"{directory} can't be written: {error.strerror or error}; name another folder") from None
    typer.echo(f"Mount {directory} into Grafana as /etc/grafana/provisioning{_secret_hint(settings)}, and start it.")
    return 0


def data_source(settings: Settings) -> str:
    """The YAML of the data source: InfluxQL, which InfluxDB 1, 2 and 3 understand."""
    v2 = settings.resolved_api == "v2"
    json_data = [
        f"dbName: {_yaml(settings.bucket if v2 else settings.database)}",
        "httpMode: POST",
        "timeInterval: 1s",
        *([] if settings.verify else ["tlsSkipVerify: true"]),
    ]
    secrets = []
    if v2 and not settings.user:
        json_data.append("httpHeaderName1: Authorization")
        secrets.append("httpHeaderValue1: Token $LOADHOST_INFLUX_TOKEN")
    lines = [
        "# Made by: loadhost influx grafana",
        "apiVersion: 1",
        "datasources:",
        "  - name: loadhost",
        "    type: influxdb",
        "    access: proxy",
        f"    url: {_yaml(settings.url)}",
    ]
    if settings.user:
        lines.append(f"    user: {_yaml(settings.user)}")
        secrets.append("password: $LOADHOST_INFLUX_PASSWORD")
    lines += ["    jsonData:", *(f"      {line}" for line in json_data)]
    if secrets:
        lines += ["    secureJsonData:", *(f"      {line}" for line in secrets)]
    return "\n".join(lines) + "\n"


def _provider(dashboards_path: str) -> str:
    return (
        "# Made by: loadhost influx grafana\n"
        "apiVersion: 1\n"
        "providers:\n"
        "  - name: loadhost\n"
        "    folder: loadhost\n"
        "    type: file\n"
        "    allowUiUpdates: true\n"
        "    options:\n"
        f"      path: {_yaml(dashboards_path)}\n"
    )


def _yaml(text: str | None) -> str:
    # JSON's strings are YAML's; Grafana takes $NAME for a variable and $$ for a dollar.
    return json.dumps((text or "").replace("$", "$$"))


def _secret_hint(settings: Settings) -> str:
    if settings.user:
        return ", give it LOADHOST_INFLUX_PASSWORD in its environment"
    if settings.resolved_api == "v2":
        return ", give it LOADHOST_INFLUX_TOKEN in its environment"
    return ""
