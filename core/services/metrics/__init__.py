"""How good the predictions are: truths, comparisons, suspects, other models."""
