"""Rows of files: reading them, finding one by its number, and the order in which they are handed out."""
