"""What can be promised of what is sorted, and how little must be looked at for it."""
