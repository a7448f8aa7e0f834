"""Options as plain data: who has which, what their texts mean, and which layer decides."""
