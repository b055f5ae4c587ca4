"""What pixels mean where the format does not say: the range of values, the ground below them."""
