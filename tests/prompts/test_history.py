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
