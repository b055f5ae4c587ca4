"""What an export promises, and what of it goes to review for that."""
