"""Finding images: by vectors, words, filters and SQL, and those that are nearly the same."""
