"""Images and texts as vectors of one space: one small interface, several models."""
