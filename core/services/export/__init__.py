"""Runs: planned, written, recorded, replayed."""
