"""Words beside pictures, far from any collection: the part of a model file, and what it reads."""
