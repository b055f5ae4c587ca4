"""Clusters are named in the user's own words, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures
from hypothesis import given
from hypothesis import strategies as st

from core.embedding.run import embed
from core.learn.groups.clusters import Clusters, kmeans
from core.learn.predictions import Predictions
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.clusters.cards import NAMED, Card, cards
from core.services.clusters.grouped import group_cards
from core.services.clusters.names import caption_names, tag_names
from core.services.clusters.story import tell
from core.services.data.metadata.grouping import Grouping
from core.services.predict.predicting import predict
from core.services.prompts.grouping import put_in_group
from core.store.captions import save_captions
from core.store.labels.base import Event
from core.tags.vocabulary import Tag, Tags

WORDS = Vocabulary.of({"warm": ["a red thing"], "cold": ["blue"]})


@pytest.fixture
def colours(tmp_path: Path) -> Project:
    write_pictures(tmp_path / "images", 90)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    embed(project.workspace, ColourEncoder())
    project.vocabulary_file.save_classes(WORDS)
    return project.use(ColourEncoder())


def colour_of(project: Project, clusters: Clusters, number: int) -> str:
    """The colour of the pictures in a cluster, by the colour channel that is strongest."""
    centre = clusters.centres[number - 1].reshape(-1, 3).mean(axis=0)
    return ("red", "green", "blue")[int(centre.argmax())]


def groups(assignment: list[int]) -> Clusters:
    numbers = np.array(assignment, dtype=np.int32)
    sizes = np.bincount(numbers)
    k = len(sizes)
    return Clusters(numbers, np.zeros((k, 2), np.float32), np.zeros(k, np.intp), sizes)


def carded(counts: list[list[int]], apart: dict[int, str] | None = None) -> list[Card]:
    """Cards of clusters with so many images predicted to be of "a", "b" and "c"."""
    assignment = [n for n, row in enumerate(counts) for _ in range(sum(row))]
    assigned = np.array([c for row in counts for c, count in enumerate(row) for _ in range(count)])
    probabilities = np.eye(3, dtype=np.float32)[assigned]
    human = np.full(len(assigned), -1)
    predictions = Predictions(
        ["a", "b", "c"], probabilities, probabilities, human, assigned, "prompt", 0
    )
    clusters = groups(assignment)
    return cards(predictions, clusters, [[0]] * len(counts), "largest first", apart)


def test_a_tag_names_the_cluster_that_shows_it_and_no_other(colours: Project) -> None:
    snapshot = colours.snapshot()
    clusters = kmeans(snapshot.pool.vectors, 3)
    red = next(n for n in (1, 2, 3) if colour_of(colours, clusters, n) == "red")
    tags = Tags((Tag("red", "Crimson", "red"), Tag("nothing", description="a word")))
    assert tag_names(snapshot, tags, clusters) == {red: "Crimson"}
    assert tag_names(snapshot, Tags(), clusters) == {}


def test_a_tag_that_all_share_names_nothing(colours: Project) -> None:
    snapshot = colours.snapshot()
    tags = Tags((Tag("nothing", description="a word"), Tag("red", description="red")))
    assert tag_names(snapshot, tags, kmeans(snapshot.pool.vectors, 1)) == {}, "no others"
    random = np.random.default_rng(0).integers(0, 3, len(snapshot)).tolist()
    assert tag_names(snapshot, tags, groups(random)) == {}


def test_the_best_of_many_tags_names(colours: Project) -> None:
    snapshot = colours.snapshot()
    clusters = kmeans(snapshot.pool.vectors, 3)
    others = [Tag(f"t{n}", description=f"red or blue or green {n}") for n in range(130)]
    tags = Tags((*others[:70], Tag("red", description="red"), *others[70:]))
    red = next(n for n in (1, 2, 3) if colour_of(colours, clusters, n) == "red")
    assert tag_names(snapshot, tags, clusters)[red] == "red"


def test_captions_name_by_words_that_others_lack() -> None:
    clusters = groups([0] * 6 + [1] * 6)
    ids = [f"{n:032x}" for n in range(12)]
    captions = {ids[n]: ("A kite in the sky", "red") for n in range(6)}
    captions |= {ids[n]: ("A boat in the water",) for n in range(6, 12)}
    names = caption_names(captions, ids, clusters)
    assert names[1] in {"kite", "sky", "red"} and names[2] in {"boat", "water"}
    assert "the" not in names.values()


def test_few_captions_and_words_that_all_share_name_nothing() -> None:
    clusters = groups([0] * 6 + [1] * 6)
    ids = [f"{n:032x}" for n in range(12)]
    assert caption_names({ids[n]: ("kite",) for n in range(4)}, ids, clusters) == {}
    assert caption_names(dict.fromkeys(ids, ("a photo of it, 2024",)), ids, clusters) == {}
    assert caption_names({}, ids, clusters) == {}


@given(st.lists(st.lists(st.text(max_size=20), max_size=3), min_size=12, max_size=12))
def test_any_captions_are_taken(captions: list[list[str]]) -> None:
    ids = [f"{n:032x}" for n in range(12)]
    names = caption_names(dict(zip(ids, captions, strict=True)), ids, groups([0] * 6 + [1] * 6))
    for number, word in names.items():
        own = [
            text.casefold() for texts in captions[6 * (number - 1) : 6 * number] for text in texts
        ]
        assert sum(word in text for text in own) >= 3


def test_a_class_names_first_and_only_where_it_fits() -> None:
    pure, mixed = carded([[9, 1, 0], [4, 3, 3]])
    assert (pure.name, pure.apart) == ("a", None)
    assert (mixed.name, mixed.apart) == (None, None), "left away where nothing fits"
    edge = carded([[6, 4, 0]])[0]
    assert edge.share == pytest.approx(NAMED) and edge.name == "a"


def test_a_tag_stands_beside_the_class_or_in_its_place() -> None:
    pure, mixed, same = carded([[9, 1, 0], [4, 3, 3], [0, 9, 0]], {1: "striped", 2: "new", 3: "B"})
    assert (pure.name, pure.apart) == ("a", "striped")
    assert (mixed.name, mixed.apart) == ("new", None)
    assert (same.name, same.apart) == ("b", None), "the class's own name says nothing more"


def test_no_word_of_a_general_list_is_a_name(colours: Project) -> None:
    snapshot = colours.snapshot()
    clusters = kmeans(snapshot.pool.vectors, 3)
    assert tell(snapshot, clusters, predict(snapshot)).names == {}


def test_damaged_captions_are_said_and_cost_the_captions_only(colours: Project) -> None:
    snapshot = colours.snapshot()
    clusters = kmeans(snapshot.pool.vectors, 3)
    rows = [(i, colour_of(colours, clusters, n + 1)) for i, n in zip(
        snapshot.pool.ids, clusters.assignment, strict=True
    )]  # fmt: skip
    save_captions(colours.workspace.captions, rows)
    story = tell(colours.snapshot(), clusters, predict(snapshot))
    assert story.names == {n: colour_of(colours, clusters, n) for n in (1, 2, 3)}
    colours.workspace.captions.write_bytes(b"no table")
    story = tell(colours.snapshot(), clusters, predict(snapshot))
    assert story.names == {} and story.trouble and "captions" in story.trouble
    assert set(story.agreement) >= {"classes"}


def test_a_label_of_a_group_of_classes_counts_on_cards(colours: Project) -> None:
    put_in_group(colours.vocabulary_file, ["warm"], "all")
    ids = colours.pool().ids
    colours.labels.add([Event(ids[0], "all"), Event(ids[1], "cold")], "ann", "test")
    snapshot = colours.snapshot()
    predictions, clusters = predict(snapshot), groups([n % 2 for n in range(len(ids))])
    made = cards(predictions, clusters, [[0], [1]], "largest first", nodes=snapshot.nodes)
    assert [card.labeled for card in made] == [1, 1]
    halves = Grouping(["even", "odd"], np.arange(len(ids)) % 2)
    rows = np.arange(len(ids))
    listed = group_cards(predictions, halves, rows, nodes=snapshot.nodes)
    assert [card.labeled for card in listed] == [1, 1]
