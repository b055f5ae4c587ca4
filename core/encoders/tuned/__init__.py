"""The family of tuned encoders: a base of another family and what was learned on top of it."""
