"""A workspace with an encoder: the project, its snapshots, and the host that shares them."""
