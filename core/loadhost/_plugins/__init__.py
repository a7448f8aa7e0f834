"""The plugin host: registrations (pluggy), discovery (stevedore), and how hooks are called."""
