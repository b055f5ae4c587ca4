"""Metrics: how good the predictions are, against which truth, and how sure that is."""

from core.ui.metrics import page

page.show()
