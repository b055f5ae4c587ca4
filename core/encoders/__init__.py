"""Images and texts as vectors of one space: one interface, several families of models."""
