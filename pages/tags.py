"""Tags: every tag a column of its own, with its scores, borders and answers; queries over all."""

from core.ui.tags import page

page.show()
