"""The family of one: the offline encoder that is installed with Winnow."""
