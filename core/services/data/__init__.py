"""What is in the image folder, and labels and captions that people bring along."""
