"""Runs: what was made of a question and when, and any two of them compared."""
