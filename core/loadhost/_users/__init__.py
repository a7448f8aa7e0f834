"""Simulated users: their life, their tasks, their waits."""
