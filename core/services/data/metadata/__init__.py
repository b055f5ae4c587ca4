"""Columns that people bring along: looked at, imported, taken back, read beside images."""
