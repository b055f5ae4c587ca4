"""Labels as other programs write them: Label Studio, FiftyOne and Hugging Face, told by content."""
