"""The plugins that come with loadhost: they use nothing that a plugin of a stranger could not use."""
