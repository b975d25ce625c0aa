"""The database's history: `python -m companion.adapters.migrations FILE` brings FILE up to date."""
