"""The command line: from arguments to a run, in six steps."""
