"""People on the Data page: roles, the log, agreement, labels an hour."""
