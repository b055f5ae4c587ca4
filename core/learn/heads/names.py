"""The names of the heads; apart from the heads, which take long to import."""

PLAIN = "plain"
"""The head that is used unless another one is asked for."""

AUTO = "auto"
"""No head, but the wish for the best: plain unless another one is surely better."""

NAMES = (
    PLAIN,
    "weighted",
    "weighted-root",
    "weighted-effective",
    "macro",
    "adjusted",
    "focal",
    "smoothed",
    "balanced",
    "mlp",
)
"""Every key of `core.learn.heads.registry.HEADS`, in the order of menus."""
