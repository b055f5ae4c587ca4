"""The Metrics page's view on classes: their sizes, what is taken for what, how they are learned."""
