"""A sorter: what was learned, in one file that can be handed on and runs no code.

The room knows vectors, classes and files; where they come from is the business of services.
"""
