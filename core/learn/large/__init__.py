"""Very many images: what is worked out a block at a time from vectors that stay on disk."""
