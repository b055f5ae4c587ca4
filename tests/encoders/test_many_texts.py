"""Many texts at once: in their order, each batch once, stopped when asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.encoders import many_texts
from core.encoders.many_texts import MOST, batched, encode_many
from core.encoders.registry import load_encoder
from core.runtime.progress import Cancelled, Report

TEXTS = [f"{'a long one that goes on, ' * (n % 7)}number {n}" for n in range(150)]


@given(st.lists(st.text(max_size=300), max_size=300))
def test_every_text_is_in_one_batch_and_long_ones_share_theirs(texts: list[str]) -> None:
    batches = list(batched(texts))
    places = [place for batch in batches for place in batch]
    assert sorted(places) == list(range(len(texts)))
    lengths = [len(texts[place]) for place in places]
    assert lengths == sorted(lengths, reverse=True)
    assert all(0 < len(batch) <= MOST for batch in batches)


def test_a_text_of_any_length_has_its_batch() -> None:
    assert list(batched(["", "x" * 1_000_000, "y"])) == [[1], [2, 0]]


def test_vectors_come_in_the_order_of_their_texts() -> None:
    encoder = load_encoder("starter", "cpu")
    vectors = encode_many(encoder, TEXTS, Report(), "Words")
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.dim), np.float32)
    assert np.allclose(vectors[[3, 149]], encoder.encode_texts([TEXTS[3], TEXTS[149]]), atol=1e-5)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder("starter", "cpu")
    made = []
    for lanes in (1, 2, 3):
        monkeypatch.setattr(many_texts, "lanes_for", lambda _, lanes=lanes: lanes)
        made.append(encode_many(encoder, TEXTS, Report(), "Words"))
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])


def test_of_nothing_there_are_no_vectors() -> None:
    encoder = load_encoder("starter", "cpu")
    assert encode_many(encoder, [], Report(), "Words").shape == (0, encoder.dim)


def test_it_stops_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, report = load_encoder("starter", "cpu"), Report()
    encoded, encode = list[int](), encoder.encode_texts

    def counted(texts: Sequence[str]) -> np.ndarray:
        encoded.append(len(texts))
        report.cancel()
        return encode(texts)

    monkeypatch.setattr(encoder, "encode_texts", counted)
    with pytest.raises(Cancelled):
        encode_many(encoder, TEXTS * 20, report, "Words")
    assert sum(encoded) < len(TEXTS) * 20
