"""Keys of the session state of the Export page."""

OUT = "export-out"
"""The field for the folder to write."""
PLAN = "export-plan"
"""The plan made last, with what it follows from."""
