"""Locust's test files and Locust's command line, on loadhost: `import locust` is answered by loadhost."""

from loadhost_locust._finder import LOCUST_VERSION, install, installed, uninstall
from loadhost_locust._plugin import Locust

__all__ = ["LOCUST_VERSION", "Locust", "install", "installed", "uninstall"]
