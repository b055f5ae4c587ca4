"""What people said: one contract, a log that is followed, and the stores that keep to it."""
