"""The plugin `machine`: what the load generator takes and lacks, each second, and whether it was fit to measure."""

from __future__ import annotations

from loadhost_builtins.machine._plugin import MachinePlugin

__all__ = ["MachinePlugin"]
