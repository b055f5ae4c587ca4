"""Keys of the session state of the Export page."""

OUT = "export-out"
"""The field for the folder to write."""
PLAN, CHANGE = "export-plan", "export-change"
"""The plan made last, and what earlier exports lack, each with what it follows from."""
TYPED, BEGUN = "export-out-typed", "export-begun"
"""What somebody wrote into that field; the folder that this session began to write."""
