"""Independent yes/no columns: vocabulary, rules, scores, columns on disk."""
