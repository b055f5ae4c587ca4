"""Very many images: what is found behind the work, and what can be done before it is there."""
