"""How fast loadhost is, measured side by side with its peers. `python -m benchmarks --help`; README.md says how."""
