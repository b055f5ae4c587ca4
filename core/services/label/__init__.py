"""Labeling: the queue, the grid of exceptions, reasons, how far it has come."""
