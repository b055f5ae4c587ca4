"""Services of the sorter: made from a collection, used on any images."""
