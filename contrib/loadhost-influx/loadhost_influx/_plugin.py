"""The plugin: options in, points out to the delivery, the sum at the end."""

from __future__ import annotations


class Influx:
    """Writes runs to InfluxDB. Inert without --influx-url."""
