"""Groups of look-alike images, and what they should not follow."""
