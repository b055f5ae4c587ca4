"""The commands around a model file: made, looked at, used on folders, behind HTTP."""
