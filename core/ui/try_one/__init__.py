"""The Try one page."""
