"""Keys of the session state of the Clusters page; its selection is in ``shared``."""

MAP, CARDS = "map", "map-cards"
"""The elements in the browser."""
MESSAGES = "map-heard"
"""Element → id of its last message that was answered."""
COUNT, COUNT_ASKED, COUNT_CHOICE = "map-k", "map-k-wanted", "map-k-chosen"
"""The number of clusters; whether one is being worked out for this session; the one worked out."""
CLASSES, CLUSTERS, CONFIDENCE = "map-classes", "map-clusters", "map-confidence"
LABELED, PROBLEMS = "map-labeled", "map-problems"
FILTERS = (CLASSES, CLUSTERS, CONFIDENCE, LABELED, PROBLEMS)
"""The fields that narrow what the map shows."""
PLACE = "map"
"""Where labels are given, see ``label_bar``."""
