"""The starter's identity. Cheap to know: it needs neither its weights in memory nor PyTorch."""

from __future__ import annotations

from core.encoders.digests import short_digest
from core.encoders.starter import files, pixels, space


def identity() -> str:
    """Digest of architecture, expected weights, joint space and preprocessing."""
    architecture = ["tf_efficientnet_lite0", "all-MiniLM-L6-v2", space.SETTINGS]
    weights = [file.sha256 for file in files.FILES]
    return f"starter-{short_digest(architecture, weights, pixels.PREPROCESSING)}"
