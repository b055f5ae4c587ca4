"""People at work: who did what, how far they agree, labels an hour."""
