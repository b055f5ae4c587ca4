"""Programs that read an export: what they see of it, and how files become what they see."""
