"""The class for what is none of the others, on the Prompts page."""
