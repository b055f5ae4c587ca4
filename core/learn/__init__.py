"""From scores and labels to probabilities, the next images to ask, and honest figures."""
