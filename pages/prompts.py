"""Prompts: classes and their sentences, with what each would take shown while they are typed."""

from core.ui.prompts import page

page.show()
