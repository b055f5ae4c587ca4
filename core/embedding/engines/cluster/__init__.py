"""What runs on a Ray cluster: the connection, the stages of the work, what comes back."""
