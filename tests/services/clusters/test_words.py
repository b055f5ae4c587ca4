"""Clusters by the words that came with their images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from colours import ColourEncoder, write_pictures
from described import describe

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.search.words.telling import TellingWord
from core.services.clusters.cards import cards, pictures_of
from core.services.clusters.clustering import clusters_of
from core.services.clusters.story import tell
from core.services.clusters.words import word_names
from core.services.predict.predicting import predict
from core.store.metadata.table import MetadataTable

CLASSES = Vocabulary.of({"warm": ["red"], "cold": ["blue"]})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    truth = write_pictures(tmp_path / "images", 60)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    project = project.use(ColourEncoder())
    words = {"red": "rose flower", "green": "grass meadow", "blue": "sea"}
    describe(project, {"title": {path: f"a {words[of]}" for path, of in truth.items()}})
    return project


def test_a_word_names_a_cluster_where_nothing_else_does(project: Project) -> None:
    snapshot = project.snapshot(CLASSES)
    clusters, predictions = clusters_of(snapshot, 3), predict(snapshot)
    story = tell(snapshot, clusters, predictions)
    assert len(clusters.sizes) == 3
    assert {frozenset(own) for own in story.words.values()} == {
        frozenset(("rose", "flower")), frozenset(("grass", "meadow")), frozenset(("sea",)),
    }  # fmt: skip
    assert {*story.names.values()} == {own[0] for own in story.words.values()}
    made = cards(
        predictions, clusters, pictures_of(snapshot, 3), "largest first",
        story.names, story.warnings, story.words,
    )  # fmt: skip
    assert [card.words for card in made] == [story.words[card.number] for card in made]


def test_a_word_that_half_of_the_images_lack_or_others_have_names_nothing() -> None:
    def word(share: float, elsewhere: float) -> TellingWord:
        return TellingWord(f"w{share}", 1.0, share, elsewhere)

    assert word_names({1: [word(0.4, 0.0)], 2: [word(0.9, 0.5), word(0.6, 0.1)]}) == {2: "w0.6"}


def test_damaged_columns_are_said_and_the_rest_is_there(project: Project) -> None:
    def broken() -> MetadataTable:
        raise WinnowError("The columns are damaged.")

    snapshot = replace(project.snapshot(CLASSES), read_metadata=broken)
    story = tell(snapshot, clusters_of(snapshot, 3), predict(snapshot))
    assert story.words == {} and story.trouble == "The columns are damaged."
