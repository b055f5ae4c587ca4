"""The record of an export: what was done to each image and how it came about, as files."""
