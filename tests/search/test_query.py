"""The query language: what people type, and what they mistype."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.search.query import MOST_TERMS, Term, joined, of_images, of_texts, parse


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("a pair of shoes", [("a pair of shoes", 1)]),
        ("a t-shirt", [("a t-shirt", 1)]),
        ("+red -drawing", [("red", 1), ("drawing", -1)]),
        ("a dress +red -2*floral print", [("a dress", 1), ("red", 1), ("floral print", -2)]),
        ("2*shoes + 0.5 * leather", [("shoes", 2), ("leather", 0.5)]),
        ("  .5*shoes  ", [("shoes", 0.5)]),
        ('"rock + roll" -guitar', [("rock + roll", 1), ("guitar", -1)]),
        ('-"2*x"', [("2*x", -1)]),
        ("4x4 +2 cars", [("4x4", 1), ("2 cars", 1)]),
        ("-drawing", [("drawing", -1)]),
        ("größe +日本", [("größe", 1), ("日本", 1)]),
        ("a\ndress\t+red", [("a dress", 1), ("red", 1)]),
    ],
)
def test_queries_mean_what_they_look_like(written: str, terms: list[tuple[str, float]]) -> None:
    assert [(term.text, term.weight) for term in parse(written)] == terms


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("a dress +", "no text"),
        ("+ +red", "no text"),
        ("red -2*", "no text"),
        ('""', "no text"),
        ('a "dress', "quote"),
        ("0*red", "above 0"),
        ("9" * 50 + "*red", "at most 1,000"),
        ("x" * 3_000, "2,000"),
        (" ".join(f"+t{n}" for n in range(MOST_TERMS + 1)), "20 at most"),
    ],
)
def test_mistakes_are_said_in_one_sentence(written: str, message: str) -> None:
    with pytest.raises(WinnowError) as caught:
        parse(written)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value).strip()


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(written: str) -> None:
    try:
        terms = parse(written)
    except WinnowError:
        return
    assert all(term.text.strip() and np.isfinite(term.weight) and term.weight for term in terms)


@given(st.lists(st.sampled_from(["red", "a dress", "t-shirt", "x*y"]), min_size=1, max_size=5))
def test_quoted_terms_come_back(texts: list[str]) -> None:
    written = " ".join(f'-3*"{text}"' for text in texts)
    assert parse(written) == tuple(Term(text, -3.0) for text in texts)


def test_texts_add_up_and_cancel() -> None:
    vectors = np.eye(3, dtype=np.float32)[:2]
    result = of_texts((Term("a", 3.0), Term("b", -4.0)), vectors)
    assert result == pytest.approx([0.6, -0.8, 0.0])
    with pytest.raises(WinnowError, match="cancel out"):
        of_texts((Term("a"), Term("a", -1.0)), vectors[[0, 0]])


def test_one_image_scores_as_a_cosine_and_several_are_centred() -> None:
    random = np.random.default_rng(0)
    middle = np.array([5.0, 0, 0, 0], dtype=np.float32)
    images = random.standard_normal((4, 4)).astype(np.float32) + middle
    none = images[:0]
    assert of_images(images[:1], none, middle) @ images[0] == pytest.approx(
        float(np.linalg.norm(images[0]))
    )
    several = of_images(images[:3], none, middle)
    moved = of_images(images[:3] + 7, none, middle + 7)
    assert several == pytest.approx(moved, abs=1e-5)


def test_unwanted_images_push_away() -> None:
    wanted, unwanted = np.eye(4, dtype=np.float32)[:2], np.eye(4, dtype=np.float32)[2:3]
    middle = np.full(4, 0.1, dtype=np.float32)
    without = of_images(wanted, unwanted[:0], middle)
    result = of_images(wanted, unwanted, middle)
    assert result @ unwanted[0] < without @ unwanted[0]
    assert of_images(wanted[:0], unwanted, middle) @ unwanted[0] < 0


def test_joined_parts_count_the_same_whatever_their_range() -> None:
    random = np.random.default_rng(0)
    sample = random.standard_normal((500, 6)).astype(np.float32)
    sample[:, 0] *= 100  # scores along the first axis range wider
    parts = [np.eye(6, dtype=np.float32)[0], np.eye(6, dtype=np.float32)[1]]
    scores = sample @ joined(parts, sample)
    shares = [abs(np.corrcoef(scores, sample[:, axis])[0, 1]) for axis in (0, 1)]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)
    assert joined(parts[:1], sample) is parts[0]
