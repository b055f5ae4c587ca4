"""Ways to run reading and encoding: what an engine promises, and each engine a module."""
