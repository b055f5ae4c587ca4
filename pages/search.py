"""Search: images by text and by example; choose results and label them."""

from core.ui.search import page

page.show()
