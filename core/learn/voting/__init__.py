"""Several encoders that vote; how much each counts is learned out of fold."""
