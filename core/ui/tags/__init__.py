"""The Tags page."""
