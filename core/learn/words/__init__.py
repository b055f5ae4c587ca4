"""Words beside pictures: a second block of features, and how far to trust each of the two."""
