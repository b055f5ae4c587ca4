"""Try one: one picture and its words, judged as they are typed."""

from core.ui.try_one import page

page.show()
