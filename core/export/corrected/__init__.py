"""Exports that people corrected in their folders: read by content, compared with the record."""
