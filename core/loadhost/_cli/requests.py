"""Which plugins are asked for, over all layers: -p, LOADHOST_PLUGINS and `plugins = [...]` add up."""

from __future__ import annotations

from collections.abc import Mapping

from loadhost._cli.scan import Scan
from loadhost._options.convert import from_file, from_variable
from loadhost._options.layers import FileSettings
from loadhost._options.registry import OptionRegistry
from loadhost._plugins.loading import PluginRequest


def plugin_requests(
    scanned: Scan, environ: Mapping[str, str], file: FileSettings, registry: OptionRegistry
) -> list[PluginRequest]:
    """The requests of the file, the environment and the command line; of "x" and "no:x" the last one counts."""
    option = registry.get("plugin")
    assert option is not None  # one of the core's own
    layers: list[tuple[str, list[str]]] = []
    if "plugin" in file.values:
        label = f"{file.label}: {file.keys['plugin']}"
        layers.append(("config", from_file(option.spec, file.values["plugin"], label)))
    if environ.get(option.spec.variable):
        layers.append(("environment", from_variable(option.spec, environ[option.spec.variable])))
    layers.append(("command-line", list(scanned.plugins)))
    requests: dict[str, PluginRequest] = {}
    for origin, texts in layers:
        for text in texts:
            name = text.removeprefix("no:")
            requests.pop(name, None)
            requests[name] = PluginRequest(text, origin)
    return list(requests.values())
