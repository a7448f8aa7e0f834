"""Writes every loadhost run to InfluxDB: to disk first, then to the database, and prints the sum."""

from loadhost_influx._account import Account
from loadhost_influx._listener import InfluxDBListener, InfluxDBSettings
from loadhost_influx._plugin import Influx
from loadhost_influx._settings import Settings

__all__ = ["Account", "Influx", "InfluxDBListener", "InfluxDBSettings", "Settings"]
