"""Large pictures: what they weigh, room in memory for them, and converting them in strips."""
