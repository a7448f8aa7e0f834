"""The guard of loadhost: rules that a run must keep, and what happens to run and users when something fails."""

from loadhost_failratio._parser import ThresholdError, parse_threshold
from loadhost_failratio._plugin import FailRatio, add_threshold
from loadhost_failratio._threshold import Threshold

__all__ = ["FailRatio", "Threshold", "ThresholdError", "add_threshold", "parse_threshold"]
