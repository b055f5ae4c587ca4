"""What images say in words: in columns that people brought, and in captions."""
