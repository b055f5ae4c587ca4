"""What lies in a folder beside its images: leftovers of systems, other files, pictures unnamed."""
