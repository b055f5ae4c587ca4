"""From a folder of files to a catalog and stored vectors."""
