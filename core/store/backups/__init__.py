"""Backups of what people said: taken, spread over time, listed, put back."""
