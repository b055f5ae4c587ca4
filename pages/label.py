"""Label: one image a key, or a page of alike predictions at once; saved before it is confirmed."""

from core.ui.label import page

page.show()
