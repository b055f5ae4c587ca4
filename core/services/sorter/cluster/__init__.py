"""A folder classified on a Ray cluster, which writes the predictions itself, part by part."""
