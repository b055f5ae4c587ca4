"""Images that are none of the classes: how new each one is, and how many there are."""
