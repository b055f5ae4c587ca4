"""Winnow: sort a folder of unlabeled images into your own classes."""

__version__ = "0.1.0"
