"""Zero-shot scores, neighbours, predictions and estimates, for every other service."""
