"""Clusters: a map of all images; draw around points to see and label them."""

from core.ui.clusters import page

page.show()
