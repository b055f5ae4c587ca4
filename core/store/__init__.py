"""What is kept in a workspace: its files, the catalog, vectors, captions and labels."""
