"""The model of prompts, labels and look-alikes, its parts, and what it is compared with."""
