"""Which image to ask about next, the audit stream, and labeling played through."""
