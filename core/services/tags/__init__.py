"""Tags over a collection: scored, shown, tabled and asked about in SQL."""
