"""What images say in words: found by them, told apart by them, and said twice."""
