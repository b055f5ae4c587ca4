"""``winnow people``: roles, the log, agreement, labels an hour."""
