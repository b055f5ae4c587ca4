"""What a workspace was like at earlier moments, where nothing else remembers it."""
