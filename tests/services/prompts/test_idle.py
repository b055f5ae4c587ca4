"""Prompts that would take nothing are named, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.services.prompts.idle import idle_prompts


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write_pictures(tmp_path / "images", 45)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    return project.use(ColourEncoder())


def test_a_prompt_that_fits_no_image_is_idle(project: Project) -> None:
    words = Vocabulary.of({
        "red": ["a red thing", "blue and green", "red"],
        "blue": ["blue", "a blue thing"],
        "green": ["green"],
        "other": ["something"],
    })  # fmt: skip
    idle = [(i.name, i.prompt) for i in idle_prompts(project.snapshot(words))]
    assert idle == [("red", "blue and green")], "other classes are nearer to every image"


def test_a_class_of_one_prompt_has_none_to_spare(project: Project) -> None:
    words = Vocabulary.of({"red": ["red"], "no": ["nothing"], "blue": ["blue"]})
    assert idle_prompts(project.snapshot(words)) == []


def test_more_prompts_than_are_scored_at_once(project: Project) -> None:
    many = ["red", *(f"blue and green {n}" for n in range(150))]
    words = {"red": many, "blue": ["blue"], "green": ["green"], "other": ["something"]}
    idle = idle_prompts(project.snapshot(Vocabulary.of(words)))
    assert [prompt.prompt for prompt in idle] == many[1:]


def test_incomplete_classes_are_refused(project: Project) -> None:
    with pytest.raises(WinnowError, match="only one class"):
        idle_prompts(project.snapshot(Vocabulary.of({"red": ["red", "crimson"]})))
