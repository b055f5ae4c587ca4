"""What a browser session holds, and what the sessions of one server share."""
