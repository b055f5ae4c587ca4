"""A sorting on one page, for whoever ordered it: as PDF and as HTML."""
