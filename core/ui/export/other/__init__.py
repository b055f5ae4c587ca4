"""Another folder: classified, looked at, saved."""
