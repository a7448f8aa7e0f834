"""The test kit for plugin authors, and for loadhost itself."""
