"""The family of CLIP models that open_clip builds: by name, from the hub, or from files here."""
