"""What pages and commands ask for, cut by page. Nothing here knows a screen."""
