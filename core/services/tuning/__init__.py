"""Tuning an encoder on pairs of a collection: trained, judged, kept only when it does no harm."""
