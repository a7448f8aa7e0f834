"""Plugins (pytest)."""
