"""Versions of the prompts: vocabulary, put together when typed in one go, never half read."""

from __future__ import annotations

import json
from pathlib import Path

from core.prompts import history
from core.prompts.vocabulary import Vocabulary


def line(time: float, prompt: str) -> str:
    return json.dumps({"time": time, "classes": {"cat": [prompt], "dog": ["a dog"]}}) + "\n"


def test_edits_in_one_go_are_one_version(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(line(0, "c") + line(100, "ca") + line(105, "cat") + line(300, "a cat"))
    prompts = [v.vocabulary.prompts()["cat"] for v in history.read(path)]
    assert prompts == [["c"], ["cat"], ["a cat"]]


def test_what_a_crash_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(line(0, "a") + '{"time": 50, "classes": {"cat"\n[1]\n' + line(100, "b"))
    assert len(history.read(path)) == 2


def test_a_version_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "history.jsonl"
    vocabulary = Vocabulary.of({"Küche": ["eine Küche", "日本"], "b": []})
    history.append(path, vocabulary)
    assert [v.vocabulary for v in history.read(path)] == [vocabulary]
    assert history.read(tmp_path / "none") == []


def test_the_next_version_survives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(line(0, "a") + '{"time": 50, "classes": {"cat"')
    vocabulary = Vocabulary.of({"cat": ["b"], "dog": ["a dog"]})
    history.append(path, vocabulary)
    assert [v.vocabulary for v in history.read(path)][1:] == [vocabulary]


def other(time: float, name: str, **more: object) -> str:
    content = {"time": time, "classes": {name: ["x"], "dog": ["a dog"]}} | more
    return json.dumps(content) + "\n"


def test_what_was_taken_back_is_a_version_but_no_step(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(
        other(0, "a")
        + other(100, "b")
        + other(101, "c")
        + other(102, "b", back=1)
        + other(103, "d")
    )
    history_ = history.follow(path)
    assert [v.vocabulary.names[0] for v in history_.versions] == ["a", "b", "c", "b", "d"]
    assert [v.vocabulary.names[0] for v in history_.steps] == ["a", "b", "d"]


def test_a_step_back_that_does_not_fit_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(
        other(0, "a") + other(100, "b") + other(200, "z", back=1) + other(300, "a", back=9)
    )
    assert [v.vocabulary.names[0] for v in history.follow(path).steps] == ["a", "b", "z", "a"]


def test_a_version_with_labels_is_never_put_together_with_another(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.append(path, Vocabulary.of({"cat": ["a"]}))
    history.append(path, Vocabulary.of({"cat": ["b"]}), "batch")
    history.append(path, Vocabulary.of({"cat": ["c"]}))
    history.append(path, Vocabulary.of({"cat": ["d"]}))
    steps = history.follow(path).steps
    # Words typed after it go on with it, and it keeps its labels.
    assert [(v.vocabulary.prompts()["cat"], v.batch) for v in steps] == [
        (["a"], None),
        (["d"], "batch"),
    ]


def test_a_history_of_odd_values_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(other(0, "a", labels=5, back="x") + other(100, "b", back=-2, labels=None))
    assert [(v.batch, v.back) for v in history.follow(path).steps] == [(None, 0), (None, 0)]


def test_a_history_that_is_followed_says_what_one_that_is_read_says(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    following = history.Following(path)
    assert following.read() == history.follow(path) == history.History([], [])
    steps = (
        other(0, "a"), other(100, "b"), other(101, "c"), other(102, "b", back=1),
        '{"time": 50, "classes": {"cat"', "\n", other(200, "d")[:30], other(200, "d")[30:],
        other(205, "d"), other(300, "e"),
    )  # fmt: skip
    for step in steps:  # also halves of lines, as they are seen while one is written
        with path.open("a") as file:
            file.write(step)
        if step.endswith("\n"):
            assert following.read() == history.follow(path)
        following.read()
    path.write_text(other(400, "z") * 9 + other(500, "y"))  # another one in its place
    assert following.read() == history.follow(path)
    path.unlink()
    assert following.read() == history.History([], [])
    path.write_text(other(0, "a"))
    assert following.read() == history.follow(path)


def test_a_history_that_is_followed_is_read_once(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(other(100 * number, f"c{number}") for number in range(50)))
    following, parsed = history.Following(path), []
    parse = history._parse
    monkeypatch.setattr(history, "_parse", lambda line: parsed.append(line) or parse(line))
    following.read()
    assert len(parsed) == 50
    history.append(path, Vocabulary.of({"cat": ["a"]}))
    assert len(following.read().versions) == 51
    assert len(parsed) == 51
