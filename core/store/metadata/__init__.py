"""What people brought along of each image beside its pixels: columns and their versions."""
