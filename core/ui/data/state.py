"""Keys of the session state of the Data page."""

PLACE = "import"
"""Where labels are taken over, see ``label_bar``."""
CAPTIONS = "captions-said"
"""What was done with captions last: a sentence, and the paths that belong to no image."""
