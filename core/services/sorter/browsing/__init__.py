"""What was classified to be looked at first, then saved."""
