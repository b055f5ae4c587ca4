"""The Metrics page's view on tuning: what an encoder learned from captions, and switching to it."""
