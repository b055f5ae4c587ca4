"""Export: what would be written, then the writing of it."""

from core.ui.export import page

page.show()
