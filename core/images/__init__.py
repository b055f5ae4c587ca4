"""Image files: found, unpacked, decoded, measured, made small; nothing of projects or vectors."""
