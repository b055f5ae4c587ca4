"""The embeddings of ImageNet's classes that lie beside the code."""

from __future__ import annotations

import numpy as np

from core.encoders.starter import classes, files
from core.encoders.starter.text import TextTower


def test_the_kept_embeddings_of_classes_are_those_of_the_text_tower() -> None:
    rows = list(range(0, 1000, 83))
    tower = TextTower(files.verified(files.TEXT_WEIGHTS).parent, "cpu")
    np.testing.assert_allclose(classes.embed(tower, rows), classes.vectors()[rows], atol=1e-5)
