"""Export: a plan (what goes where), the writing of it, and the record of how it came about."""
