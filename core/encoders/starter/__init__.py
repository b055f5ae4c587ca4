"""The offline encoder."""
