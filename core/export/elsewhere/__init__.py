"""Exports from and to addresses: originals that are fetched, exports that are sent."""
