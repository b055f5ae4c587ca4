"""Columns that people brought, on several pages."""
