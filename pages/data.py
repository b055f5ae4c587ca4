"""Data: open a folder, see what is in it, embed it."""

from core.ui.data import page

page.show()
