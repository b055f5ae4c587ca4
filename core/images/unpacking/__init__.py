"""Archives from the inside: what kind they are, what their members are called, where each goes."""
