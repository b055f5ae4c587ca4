"""Rules over tags: read by a parser of their own, never evaluated as code."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tags import rules

NAMES = ("a", "b", "c")


def truth(text: str) -> list[bool]:
    """The rule's value for all eight answers to a, b, c."""
    rule = rules.parse(text)
    rows = np.array(list(itertools.product([0.0, 1.0], repeat=3)), dtype=np.float32)
    columns = {name: rows[:, i] for i, name in enumerate(NAMES)}
    by_confidence = rule.confidence(columns) == 1
    by_band = rule.bands({name: (2 * values).astype(np.int8) for name, values in columns.items()})
    np.testing.assert_array_equal(by_confidence, by_band == 2)
    return by_confidence.tolist()


expressions = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map(lambda text: f"not {text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=50)
@given(expressions)
def test_rules_mean_what_the_same_words_mean_elsewhere(text: str) -> None:
    expected = [
        bool(eval(text, {"__builtins__": {}}, dict(zip(NAMES, values, strict=True))))
        for values in itertools.product([False, True], repeat=3)
    ]
    assert truth(text) == expected
    signs = text.replace(" and ", "&").replace(" or ", "|").replace("not ", "!")
    assert truth(signs) == expected


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_one_clear_fault(text: str) -> None:
    try:
        assert rules.parse(text).codes()
    except rules.RuleError as error:
        assert "character" in str(error)


@pytest.mark.parametrize(
    ("text", "fault", "where"),
    [
        ("a &", "ends", 4),
        ("a b", "'b'", 3),
        ("(a | b", "bracket", 1),
        ("a) & b", "')'", 2),
        ("a == b", "'='", 3),
        ("__import__('os')", '"\'"', 12),
        ("a.b", "'.'", 2),
        ("", "ends", 1),
        ("a and or b", "'|'", 7),
        ("(" * 51 + "a" + ")" * 51, "nests", 51),
    ],
)
def test_faults_name_their_place(text: str, fault: str, where: int) -> None:
    with pytest.raises(rules.RuleError) as error:
        rules.parse(text)
    assert fault in str(error.value)
    assert f"(character {where})" in str(error.value)


def test_unsure_answers_stay_unsure() -> None:
    bands = {"a": np.array([2, 1, 0, 1], np.int8), "b": np.array([1, 1, 1, 0], np.int8)}
    np.testing.assert_array_equal(rules.parse("a & b").bands(bands), [1, 1, 0, 0])
    np.testing.assert_array_equal(rules.parse("a | b").bands(bands), [2, 1, 1, 1])
    np.testing.assert_array_equal(rules.parse("!a").bands(bands), [0, 1, 2, 1])
