"""A guard for loadhost: a run that fails too many of its requests is stopped, and fails."""

from loadhost_failratio._plugin import FailRatio
from loadhost_failratio._rule import Reading, RollingRatio, Rule

__all__ = ["FailRatio", "Reading", "RollingRatio", "Rule"]
