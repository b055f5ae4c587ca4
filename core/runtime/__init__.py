"""What every room stands on: errors, progress, background work, files, the machine."""
