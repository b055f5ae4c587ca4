"""Heads: other ways to learn from the same labels, for classes of very unequal size."""
