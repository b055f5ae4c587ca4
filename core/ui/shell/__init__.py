"""The app's frame: entry, server and routes, sidebar, keys."""
