"""The Data page's columns: imported after a look, listed, taken back."""
