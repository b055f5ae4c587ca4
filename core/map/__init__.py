"""The collection in the plane: images that look alike lie near one another."""
