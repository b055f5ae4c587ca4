"""One picture and its words, tried: what the model says of it, why, and what becomes of it."""
