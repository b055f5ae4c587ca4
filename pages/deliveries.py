"""Deliveries: the next batch of images, received by what was learned."""

from core.ui.deliveries import page

page.show()
