"""Texts that would unfold into millions of values are refused while they are read."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompts import yaml_file
from core.prompts.yaml_limits import MAX_DEPTH, MAX_VALUES
from core.runtime.errors import WinnowError


def _laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join([*lines, "classes: {x: *a1}"])


def _merges(levels: int) -> str:
    lines = ["a0: &a0 {x0: 1}"]
    lines += [
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 3)}], x{i}: 1}}" for i in range(1, levels)
    ]
    return "\n".join([*lines, "classes: {}"])


BOMBS = {
    "laughs": _laughs(9),
    "merges": _merges(40),
    "flow nest": "[" * 20_000,
    "flow maps": "{a: " * 20_000,
    "block nest": "- " * 20_000,
    "indents": "".join(" " * i + "a:\n" for i in range(900)),
    "question marks": "? " * 20_000,
    "many": "classes: {a: [" + "x, " * 60_000 + "]}",
    "keys": "classes:\n" + "".join(f"  c{i}: [a]\n" for i in range(40_000)),
    "holds itself": "classes: &a {x: *a}",
    "holds itself in a list": "classes: &a [*a]",
    "key of itself": "&a {*a : 1}",
    "long": "classes: {a: " + "x" * 1_000_001 + "}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_time(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(WinnowError) as error:
        yaml_file.load(BOMBS[name], "prompts.yaml")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("prompts.yaml")
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("name", [name for name in BOMBS if name != "long"])
def test_the_reader_that_keeps_comments_is_bounded_too(name: str) -> None:
    with pytest.raises(yaml_file.YAMLError):
        yaml_file.round_trip().load(BOMBS[name])


@settings(max_examples=40, deadline=None)
@given(st.recursive(st.text("ab ", max_size=5), lambda inner: st.lists(inner, max_size=4)))
def test_what_is_small_is_read_as_it_was_written(content: object) -> None:
    stream = io.StringIO()
    yaml_file.round_trip().dump({"a": content}, stream)
    assert yaml_file.load(stream.getvalue(), "x").content == {"a": content}


def test_aliases_and_merges_of_the_usual_size_still_work() -> None:
    text = "base: &b {x: 1, y: [2, 3]}\nother: {<<: *b, y: *b, z: [*b, *b]}\n"
    content = yaml_file.load(text, "x").content
    assert content["other"]["x"] == "1"
    assert content["other"]["z"] == [content["base"]] * 2


@pytest.mark.parametrize(("depth", "fits"), [(MAX_DEPTH - 1, True), (MAX_DEPTH, False)])
def test_the_depth_is_what_it_says(depth: int, fits: bool) -> None:
    text = "[" * depth + "x" + "]" * depth
    if fits:
        assert yaml_file.load(text, "x").content
    else:
        with pytest.raises(WinnowError, match="levels"):
            yaml_file.load(text, "x")


def test_the_count_is_of_one_document() -> None:
    reader = yaml_file.round_trip()
    text = "classes: {a: [" + "x, " * (MAX_VALUES // 2) + "]}"
    assert all(len(reader.load(text)["classes"]["a"]) == MAX_VALUES // 2 for _ in range(3))
