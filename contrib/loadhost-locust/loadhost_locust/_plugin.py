"""The plugin: `import locust` is answered while a run is set up and goes on, and options have Locust's names too."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from typing import Any

from loadhost import PluginManager, hookimpl
from loadhost_hookspecs import Config, Environment

from loadhost_locust import distribution_specs
from loadhost_locust._finder import install, is_ours, uninstall
from loadhost_locust._options import get_parser

logger = logging.getLogger("loadhost.locust")

NAME = "locust"


class Locust:
    """Installs the import hook; if -p locust asks for it, also where a real Locust is installed.

    A loadfile that does not import locust notices nothing of it.
    """

    def __init__(self) -> None:
        self._installed = False
        self._manager: PluginManager | None = None

    @hookimpl
    def loadhost_add_hookspecs(self, pluginmanager: PluginManager) -> None:
        """As it is registered: before -p and the loadfiles are imported."""
        self._manager = pluginmanager
        # Locust's events of runs over several processes: a locustfile may listen to them, although nobody tells them.
        if not any(hook.name == "loadhost_report_to_master" for hook in pluginmanager.hooks()):
            pluginmanager.add_hookspecs(distribution_specs)
        asked_for = NAME in pluginmanager.asked_for
        self._installed = install(instead=asked_for) or asked_for

    @hookimpl
    def loadhost_add_commands(self) -> None:
        """Loadfiles have been imported by now, and nobody has looked into them: a word on a Locust that is real."""
        if "locust" in sys.modules and not is_ours():
            logger.warning(
                "a loadfile imports the Locust that is installed here, whose classes loadhost can't run; "
                "-p locust has loadhost answer the import in its place"
            )

    @hookimpl
    def loadhost_configure(self, config: Config) -> None:
        """Give `environment.parsed_options` the names that a locustfile reads."""
        if is_ours():
            _add_locusts_names(config.options, [path.name for path in self._loadfiles()])

    @hookimpl
    def loadhost_init(self, environment: Environment) -> None:
        """Attributes of Locust's environment that no other plugin has a use for."""
        if is_ours():
            files = self._loadfiles()
            for name, value in {
                "locustfile": files[0].name if files else None,
                "parsed_locustfiles": [str(path) for path in files],
                "profile": getattr(environment.parsed_options, "profile", None),
            }.items():
                setattr(environment, name, value)

    @hookimpl
    def loadhost_quit(self) -> None:
        """The process ends, or another run in it follows: `import locust` means what it meant before."""
        if self._installed:
            uninstall()

    def _loadfiles(self) -> list[Path]:
        if self._manager is None:
            return []
        named = [info.name for info in self._manager.plugins() if info.origin == "loadfile"]
        modules = [self._manager.get_plugin(name) for name in named]
        return [Path(module.__file__) for module in modules if isinstance(module, ModuleType) and module.__file__]


_SAME_BY_OTHER_NAMES = {
    "num_users": "users",
    "csv_prefix": "csv",
    "list_commands": "list",
    "stats_history_enabled": "csv_full_history",
}


def _add_locusts_names(options: Namespace, files: list[str]) -> None:
    values: dict[str, Any] = vars(get_parser().parse_args([]))
    options.headless = not getattr(options, "web", False)
    values |= {"locustfile": ",".join(files)}
    for theirs, ours in _SAME_BY_OTHER_NAMES.items():
        values[theirs] = getattr(options, ours, values[theirs])
    for name, value in values.items():
        if not hasattr(options, name):
            setattr(options, name, value)
