"""Clusters with their number, names and cards, and the frozen map."""
