"""Catalog and ids as columns: no object an image, so that a million of them can be opened."""
