"""Measures of doubt on rows whose values can be worked out by hand."""

import numpy as np
import pytest

from core.learn.asking.doubt import entropy, least_confident, margin


def test_uncertainties_of_known_rows():
    rows = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], dtype=np.float32)
    assert margin(rows) == pytest.approx([0.5, 1.0, 0.0], abs=1e-6)
    assert least_confident(rows) == pytest.approx([0.3, 0.0, 2 / 3], abs=1e-6)
    assert entropy(rows) == pytest.approx([0.801819, 0.0, np.log(3)], abs=1e-5)
    single = np.ones((3, 1), dtype=np.float32)
    assert (margin(single) == 0).all() and (entropy(single) == 0).all()
