"""Services of deliveries: what a new batch of images is like, and what two models say of it."""
