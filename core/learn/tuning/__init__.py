"""Vectors of images and texts brought closer by pairs, and whether that is a gain or a harm."""
