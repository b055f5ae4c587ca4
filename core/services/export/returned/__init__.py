"""What comes back of an export: corrections that people made in its folders."""
