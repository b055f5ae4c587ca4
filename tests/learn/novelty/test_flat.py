"""The logit of a class without prompts."""

import numpy as np
import pytest

from core.learn.models.softmax import softmax
from core.learn.novelty.flat import SHARE, flat_logit, hits


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("share", [0.01, SHARE, 0.5])
def test_its_mean_probability_is_what_was_asked_for(scale: float, share: float) -> None:
    logits = np.random.default_rng(0).normal(size=(500, 4)) * scale
    joined = np.column_stack([logits, np.full(500, flat_logit(logits, share))])
    probabilities = softmax(joined.astype(np.float32))
    assert abs(probabilities[:, -1].mean() - share) < 1e-3
    order = np.argsort(-probabilities[:, -1])
    assert logits[order[0]].max() < np.median(logits.max(axis=1))


def test_images_all_alike_and_one_image_have_a_logit() -> None:
    assert np.isfinite(flat_logit(np.zeros((3, 2))))
    assert np.isfinite(flat_logit(np.ones((1, 1))))
    with pytest.raises(ValueError, match="no image"):
        flat_logit(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="share"):
        flat_logit(np.zeros((1, 2)), 1.0)


def test_its_hits_are_what_no_class_claims() -> None:
    scores = np.array([[0.9, 0.1, 0.2], [0.2, 0.1, 0.2], [0.1, 0.8, 0.2]], np.float32)
    ranked = hits(scores)
    assert ranked[:, -1].argmax() == 1 and (ranked[:, :-1] == scores[:, :-1]).all()
