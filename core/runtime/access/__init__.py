"""Who may reach a server here: addresses, names, origins, tokens. For the app and the service."""
