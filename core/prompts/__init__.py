"""Classes and their prompts: read, checked, expanded, scored and compared."""
