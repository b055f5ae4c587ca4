"""Model files behind HTTP: classify, search, feedback. Over services, beside the command line."""
