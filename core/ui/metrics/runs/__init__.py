"""The Metrics page's view on runs: the list, notes and pins, and any two compared."""
