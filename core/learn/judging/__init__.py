"""How good predictions are, and how sure that is: metrics, intervals, estimates, stopping."""
