"""Stateless parts of pages, and the mount of browser elements."""
