"""Zero-shot scores and what a class would take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from core.prompts.vocabulary import Vocabulary
from core.prompts.zeroshot import CENTRE_PRIOR, Columns, TextCache, centre, prototypes, scores
from core.runtime.errors import WinnowError


class Letters:
    """A text encoder that counts letters: deterministic, and says how often it was asked."""

    identity = "letters"
    dim = 26

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        counts = np.array([[t.count(chr(97 + i)) for i in range(26)] for t in texts], np.float32)
        counts += 0.01
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_prototypes_are_unit_means_of_their_prompts() -> None:
    encoder = Letters()
    vocabulary = Vocabulary.of({"x": ["aa", "bb"], "y": ["c"]})
    result = prototypes(encoder, vocabulary, TextCache())
    np.testing.assert_allclose(np.linalg.norm(result, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(result[0], result[0][[1, 0, *range(2, 26)]], rtol=1e-6)
    np.testing.assert_allclose(result[1], encoder.encode_texts(["c"])[0], rtol=1e-6)


def test_an_edit_embeds_only_the_new_sentence() -> None:
    encoder, cache = Letters(), TextCache()
    prototypes(encoder, Vocabulary.of({"x": ["aa", "bb"], "y": ["c"]}), cache)
    encoder.asked.clear()
    prototypes(encoder, Vocabulary.of({"x": ["aa", "new"], "y": ["c", "aa"]}), cache)
    assert encoder.asked == ["new"]


def test_centring_a_large_collection_takes_its_mean_away() -> None:
    vectors = np.random.default_rng(0).normal(2, 1, (5_000, 6)).astype(np.float32)
    texts = np.eye(6, dtype=np.float32)
    middle = centre([vectors], None)
    np.testing.assert_allclose(scores(vectors, texts, middle).mean(axis=0), 0, atol=1e-4)
    reference = np.full(6, -1, np.float32)
    middle = centre([vectors[:1_000], vectors[1_000:]], reference)
    np.testing.assert_allclose(middle, vectors.mean(axis=0), atol=0.05)


def test_a_single_image_is_not_centred_away() -> None:
    vector = np.array([[3.0, 1.0]], dtype=np.float32)
    middle = centre([vector], np.zeros(2, np.float32))
    np.testing.assert_allclose(middle, vector[0] / (CENTRE_PRIOR + 1), rtol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_a_text_without_a_usable_vector_is_named_and_not_remembered(value: float) -> None:
    class Spoilt(Letters):
        def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
            vectors = super().encode_texts(texts)
            vectors[[text == "bb" for text in texts]] = value
            return vectors

    cache = TextCache()
    vocabulary = Vocabulary.of({"x": ["aa", "bb"], "y": ["c"]})
    with pytest.raises(WinnowError, match='no usable vector of the text "bb"'):
        prototypes(Spoilt(), vocabulary, cache)
    assert np.isfinite(prototypes(Letters(), vocabulary, cache)).all()


def test_remembered_columns_are_those_that_would_be_made_anew() -> None:
    random, columns = np.random.default_rng(0), Columns()
    vectors, middle = (
        random.normal(size=(500, 16)).astype("f4"),
        random.normal(size=16).astype("f4"),
    )
    texts = random.normal(size=(6, 16)).astype("f4")
    for turn in range(40):
        texts = texts.copy()
        texts[random.integers(len(texts))] = random.normal(size=16)
        if turn % 10 == 9:  # classes come, go and change places
            texts = random.permutation(np.concatenate([texts, texts[:1]])[turn % 3 :])
        made = columns.scores(vectors, texts, middle)
        assert made.dtype == np.float32 and made.shape == (500, len(texts))
        np.testing.assert_allclose(made, scores(vectors, texts, middle), atol=1e-5)
        assert len(columns._spare) <= 8  # nothing grows with the edits
    same = columns.scores(vectors, texts, middle)
    np.testing.assert_array_equal(same, made)
    again = columns.scores(vectors, np.concatenate([texts, texts[::-1]]), middle)
    np.testing.assert_array_equal(again, np.hstack([made, made[:, ::-1]]))
