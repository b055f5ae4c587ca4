"""Tags over a project: independent, kept, extended, calibrated, learned."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder, write_pictures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.embedding.run import embed
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.tags import querying, views
from core.services.tags import tagging as module
from core.services.tags.tables import long_table, wide_table, write_table
from core.services.tags.tagging import tagging_of, threshold
from core.store.labels.base import Event, TagEvent
from core.store.vectors import VectorStore
from core.store.workspace import load
from core.tags import reading, scores
from core.tags.vocabulary import Settings, Tag, Tags

RULES = "derived: {warm: red & !blue, any: red | green | blue}"
WORDS = reading.parse(f"tags: {{red: red, green: green, blue: blue}}\n{RULES}", "v")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """An embedded folder of coloured pictures, and their colours."""
    folder = tmp_path_factory.mktemp("tags")
    truth = write_pictures(folder / "images", 60)
    project = Project.open(folder / "images", folder / "workspace")
    embed(project.workspace, ColourEncoder())
    return folder, truth


@pytest.fixture
def project(made: tuple[Path, dict[str, str]], tmp_path: Path) -> Project:
    shutil.copytree(made[0] / "workspace", tmp_path / "workspace")
    return Project(load(tmp_path / "workspace")).use(ColourEncoder())


def columns_on_disk(project: Project) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (project.workspace.cache / "tags").rglob("*.col")}


def asked(project: Project, text: str, *rest: Any) -> querying.Answer:
    return querying.ask(project.snapshot(), tagging_of(project), text, *rest)


def test_tags_find_their_images(project: Project, made: tuple[Path, dict[str, str]]) -> None:
    tagged = tagging_of(project).score(project.snapshot(), WORDS)
    truth = np.array([made[1][path] for path in tagged.pool.paths])
    for word in ("red", "green", "blue"):
        np.testing.assert_array_equal(tagged[word].bands == scores.ACCEPTED, truth == word)
    np.testing.assert_array_equal(tagged["warm"].bands, tagged["red"].bands)
    assert (tagged["any"].bands == scores.ACCEPTED).all()
    assert (tagged.computed, tagged.reused) == (3, 0)
    said = tagged.as_json()
    assert (said["images"], said["tags"]) == (60, 5)
    assert said["per_tag"]["red"]["accepted"] == 20


def test_a_new_tag_touches_no_other_column(project: Project) -> None:
    tagging = tagging_of(project)
    before = tagging.score(project.snapshot(), WORDS)
    disk = columns_on_disk(project)
    after = tagging.score(
        project.snapshot(), WORDS.put(Tag("dark", description="a blue and green thing"))
    )
    assert (after.computed, after.reused) == (1, 3)
    for code in WORDS.codes:
        assert after[code].confidence.tobytes() == before[code].confidence.tobytes()
    now = columns_on_disk(project)
    assert len(now) == len(disk) + 1
    assert {name: now[name] for name in disk} == disk


def test_a_changed_description_scores_that_tag_only(project: Project) -> None:
    tagging = tagging_of(project)
    before = tagging.score(project.snapshot(), WORDS)
    after = tagging.score(project.snapshot(), WORDS.put(Tag("red", description="red or blue")))
    assert (after.computed, after.reused) == (1, 2)
    assert after["blue"] is before["blue"]
    assert (after["red"].confidence != before["red"].confidence).any()


def test_another_setting_computes_nothing(project: Project) -> None:
    tagging = tagging_of(project)
    tagging.score(project.snapshot(), WORDS)
    changed = WORDS.put(Tag("red", description="red", settings=Settings(centre=0, scale=1)))
    after = tagging.score(project.snapshot(), changed)
    assert after.computed == 0
    calibration = after["red"].calibration
    assert calibration is not None
    assert (calibration.centre, calibration.scale, calibration.source) == (0, 1, "hand")
    logits = after["red"].logits
    assert logits is not None
    np.testing.assert_allclose(after["red"].confidence, 1 / (1 + np.exp(-logits)), rtol=1e-5)


descriptions = st.text(alphabet="redgnblu ", min_size=1, max_size=12)
some = st.dictionaries(st.from_regex(r"\At[0-9]\Z"), descriptions, min_size=1, max_size=5)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(some, some)
def test_scores_do_not_depend_on_the_company(
    project: Project, first: dict[str, str], second: dict[str, str]
) -> None:
    """From an empty cache, alone, together, and after being removed: the same bits."""

    def scored(words: dict[str, str], fresh: bool) -> dict[str, bytes]:
        if fresh:
            shutil.rmtree(project.workspace.cache, ignore_errors=True)
        one = Project(load(project.workspace.root)).use(ColourEncoder())
        tags = Tags(tuple(Tag(code, description=text) for code, text in words.items()))
        tagged = tagging_of(one).score(one.snapshot(), tags)
        return {code: tagged[code].confidence.tobytes() for code in words}

    alone = scored(first, fresh=True)
    both = scored({**second, **first}, fresh=False)
    together = scored({**second, **first}, fresh=True)
    assert {code: both[code] for code in first} == alone
    assert together == both
    assert scored(second | {}, fresh=False).keys() == second.keys()
    assert scored(first, fresh=False) == alone


@given(st.lists(st.integers(0, 29), max_size=4), st.integers(0, 30), st.integers(1, 40))
@settings(deadline=None, max_examples=30)
def test_vectors_come_in_the_order_of_their_ids_whatever_was_damaged(
    tmp_path_factory: pytest.TempPathFactory, damaged: list[int], start: int, chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float16)
    store = VectorStore(folder, 4, writable=True, rows_per_shard=12)
    store.append([f"{n:032x}" for n in range(30)], vectors)
    for row in damaged:
        path = folder / f"{row // 12:05d}.f16"
        data = bytearray(path.read_bytes())
        data[row % 12 * 8] ^= 255
        path.write_bytes(data)
    store = VectorStore(folder, 4)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_CHUNK", chunk)
        found = [np.zeros((0, 4), np.float16), *module._vectors(store, start)]
    assert np.array_equal(np.concatenate(found), store.get(store.ids[start:]))


def test_new_images_extend_the_columns(project: Project, tmp_path: Path) -> None:
    images = tmp_path / "images"
    shutil.copytree(project.workspace.images, images)
    one = Project.open(images, tmp_path / "one").use(ColourEncoder())
    embed(one.workspace, one_encoder := ColourEncoder())
    tagging_of(one.use(one_encoder)).score(one.snapshot(), WORDS)
    for path, target in zip(
        sorted(write_pictures(tmp_path / "more", 9, seed=5)), "abcdefghi", strict=True
    ):
        shutil.copy(tmp_path / "more" / path, images / f"{target}.jpg")
    embed(one.workspace, one_encoder)
    grown = tagging_of(one).score(one.snapshot(), WORDS)
    assert (len(grown.pool), grown.computed) == (69, 3)
    fresh = Project.open(images, tmp_path / "two")
    embed(fresh.workspace, one_encoder)
    again = tagging_of(fresh.use(one_encoder)).score(fresh.snapshot(), WORDS)
    assert again.pool.ids == grown.pool.ids
    for code in WORDS.codes:
        assert again[code].confidence.tobytes() == grown[code].confidence.tobytes()


def test_damaged_columns_are_computed_again(project: Project) -> None:
    before = tagging_of(project).score(project.snapshot(), WORDS)
    for path in (project.workspace.cache / "tags").rglob("*.col"):
        path.write_bytes(path.read_bytes()[:-7])
    other = Project(project.workspace).use(ColourEncoder())
    again = tagging_of(other).score(other.snapshot(), WORDS)
    assert again.computed == 3
    assert again["red"].confidence.tobytes() == before["red"].confidence.tobytes()


def test_answers_count_and_teach(project: Project, made: tuple[Path, dict[str, str]]) -> None:
    tagging, pool = tagging_of(project), project.pool()
    truth = np.array([made[1][path] for path in pool.paths])
    vague = Tags((Tag("warm", description="something"), Tag("blue")))
    before = tagging.score(project.snapshot(), vague)
    said = [TagEvent(pool.ids[row], "warm", bool(truth[row] == "red")) for row in range(40)]
    batch = tagging.labels.add(said, "ann", "test")
    after = tagging.score(project.snapshot(), vague)
    assert (after["warm"].source, after["blue"].source) == ("model", "prompt")
    assert after["blue"].confidence.tobytes() == before["blue"].confidence.tobytes()
    unseen = truth[40:] == "red"
    assert ((before["warm"].confidence[40:] > 0.5) == unseen).mean() < 0.8
    assert ((after["warm"].confidence[40:] > 0.5) == unseen).mean() >= 0.9
    np.testing.assert_array_equal(after["warm"].confidence[:40], truth[:40] == "red")
    found = threshold(after, "warm", 0.7)
    assert found.confidence is not None
    assert (found.labels, found.positives) == (40, 14)
    assert found.low is not None and found.low >= 0.7
    assert threshold(after, "warm", 0.99).confidence is None
    assert "10 are needed" in threshold(after, "blue", 0.9).why
    tagging.labels.undo(batch, "ann")
    assert (
        tagging.score(project.snapshot(), vague)["warm"].confidence.tobytes()
        == before["warm"].confidence.tobytes()
    )


def test_what_the_page_shows(project: Project) -> None:
    tagged = tagging_of(project).score(project.snapshot(), WORDS)
    column = tagged["red"]
    shown = views.histogram(column)
    assert shown is not None
    assert shown.counts.sum() == 60
    assert shown.reject < shown.centre < shown.accept
    assert views.histogram(tagged["warm"]) is None
    strips = views.strips(tagged, "red", "accept", 5)
    confidence = column.confidence
    assert confidence[strips.above].min() >= 0.7 > confidence[strips.below].max()
    assert (np.diff(confidence[strips.above]) >= 0).all()
    assert (np.diff(confidence[strips.below]) <= 0).all()
    assert set(views.ranking(tagged, "red", 20)) == set(np.flatnonzero(column.bands == 2))
    together = views.cooccurrence(tagged)
    names = list(tagged.columns)
    assert together[names.index("red"), names.index("any")] == 20
    assert together[names.index("red"), names.index("blue")] == 0
    assert views.coverage(tagged)["accepted"].to_list() == [20, 20, 20, 20, 60]
    assert len(views.untagged(tagged)) == 0


def test_the_two_tables_say_the_same(project: Project, tmp_path: Path) -> None:
    tagged = tagging_of(project).score(project.snapshot(), WORDS)
    long, wide = long_table(tagged), wide_table(tagged)
    assert (long.height, wide.height) == (300, 60)
    turned = long.pivot("code", index="id", values="confidence").sort("id")
    for code in WORDS.codes:
        assert turned[code].to_list() == wide.sort("id")[code].to_list()
    assert set(long["source"].unique()) == {"prompt", "rule"}
    write_table(long, tmp_path / "t.parquet")
    again = pl.read_parquet(tmp_path / "t.parquet")
    assert again["band"].cast(pl.String).to_list() == long["band"].cast(pl.String).to_list()
    with pytest.raises(WinnowError, match=r"\.parquet nor \.csv"):
        write_table(long, tmp_path / "t.xlsx")


def test_questions_in_sql(project: Project) -> None:
    pool = project.pool()
    project.labels.add([Event(pool.ids[3], "blue")], "ann", "test")
    tags = project.vocabulary_file.save_tags(WORDS)
    found = asked(
        project,
        "SELECT id FROM images WHERE red_band = 'accepted'",
        tags,
    )
    assert len(found.ids) == 20
    by_path = asked(
        project,
        "SELECT path FROM images WHERE label = 'blue'",
        tags,
    )
    assert by_path.ids == [pool.ids[3]]
    joined = asked(
        project,
        "SELECT code, count(*) AS n FROM tags JOIN images USING (id)"
        " WHERE band = 'accepted' AND width = 32 GROUP BY code ORDER BY code",
        tags,
    )
    assert joined.frame.rows() == [
        ("any", 60),
        ("blue", 20),
        ("green", 20),
        ("red", 20),
        ("warm", 20),
    ]
    assert joined.ids == []


def test_tags_are_kept_beside_the_classes(project: Project) -> None:
    from core.prompts.vocabulary import Vocabulary

    classes = Vocabulary.of({"red": ["red"], "blue": ["blue"]})
    project.vocabulary_file.save_classes(classes)
    project.vocabulary_file.save_tags(WORDS)
    assert project.classes() == classes
    assert project.vocabulary_file.tags() == WORDS
    project.vocabulary_file.save_classes(Vocabulary.of({"red": ["red"], "blue": ["navy"]}))
    assert project.vocabulary_file.tags() == WORDS
    with pytest.raises(WinnowError, match="column"):
        project.vocabulary_file.save_tags(Tags((Tag("path"),)))
    assert project.vocabulary_file.tags() == WORDS
