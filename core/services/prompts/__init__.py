"""The prompt workbench: previews, comparisons, groups that no class explains."""
