"""The index: recall as stated, kept on disk, valid for what it covers and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.runtime.progress import Cancelled, Report
from core.search import collection as collections
from core.search import index as indexes
from core.search.collection import Collection
from core.search.exact import top_many
from core.store.vectors import VectorStore

DIM, COUNT = 16, 3_000


def clustered(count: int, seed: int = 1) -> np.ndarray:
    centres = np.random.default_rng(0).standard_normal((40, DIM))
    random = np.random.default_rng(seed)
    rows = centres[random.integers(0, 40, count)] + 0.5 * random.standard_normal((count, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def names(count: int, begin: int = 0) -> list[str]:
    return [f"{n:032x}" for n in range(begin, begin + count)]


def open_collection(folder: Path, ids: list[str]) -> Collection:
    return Collection.of_store(VectorStore.peek(folder / "vectors"), ids, folder / "index")


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "EXACT_BELOW", 100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = VectorStore(tmp_path / "vectors", DIM, writable=True, rows_per_shard=700)
    store.append(names(COUNT), clustered(COUNT))
    return tmp_path


@pytest.fixture
def built(folder: Path) -> Collection:
    collection = open_collection(folder, names(COUNT))
    assert collection.index_due
    collection.build_index({"images": clustered(120, 2), "texts": clustered(60, 3)}, Report())
    return collection


def test_recall_is_what_it_states(built: Collection) -> None:
    assert not built.index_due
    facts = built.index.facts
    assert set(facts.recall) == {"images", "texts"}
    assert min(facts.recall.values()) == built.index.recall >= 0.9
    assert 1 <= facts.probes < facts.lists, "it reads a part of the lists, else it saves nothing"
    queries = clustered(100, 4)
    truth = top_many(built.blocks, queries, 10)
    result = [built.top(query, 10)[0].rows for query in queries]
    recall = np.mean([np.isin(f, t).mean() for f, t in zip(result, truth, strict=True)])
    assert recall >= built.index.recall - 0.05


def test_scores_are_exact_and_say_how_they_were_found(built: Collection) -> None:
    query = clustered(1, 5)[0]
    hits, kind = built.top(query, 8)
    plain, how = built.top(query, 8, exact=True)
    assert (kind, how) == ("index", "exact")
    vectors = np.concatenate(built.blocks).astype(np.float32)
    assert hits.scores == pytest.approx(vectors[hits.rows] @ query, abs=1e-6)
    assert (np.diff(hits.scores) <= 0).all()
    assert plain.scores[0] >= hits.scores[0]
    assert built.top(query, indexes.MOST_HITS + 1)[1] == "exact"


def test_it_is_found_again_and_fits_only_its_vectors(built: Collection, folder: Path) -> None:
    again = open_collection(folder, names(COUNT))
    assert again.index is not None
    assert again.index.facts == built.index.facts
    query = clustered(1, 6)[0]
    assert again.top(query, 5)[0].rows.tolist() == built.top(query, 5)[0].rows.tolist()
    other = VectorStore(folder / "other", DIM, writable=True)
    other.append(names(COUNT, 7), clustered(COUNT, 8))
    foreign = Collection.of_store(other, names(COUNT, 7), folder / "index")
    assert foreign.index is None


def test_rows_added_later_are_found_and_in_time_a_new_index_is_due(
    built: Collection, folder: Path
) -> None:
    query = clustered(1, 9)[0]
    store = VectorStore(folder / "vectors", DIM, writable=True, rows_per_shard=700)
    store.append(names(1, COUNT), query[None])
    grown = open_collection(folder, names(COUNT + 1))
    assert not grown.index_due
    hits, kind = grown.top(query, 3)
    assert (kind, hits.rows[0]) == ("index", COUNT)
    store.append(names(400, COUNT + 1), clustered(400, 10))
    assert open_collection(folder, names(COUNT + 401)).index_due


def test_removed_images_and_filters_are_never_found(built: Collection, folder: Path) -> None:
    left = names(COUNT)[::2]
    collection = open_collection(folder, left)
    query = clustered(1, 11)[0]
    hits, kind = collection.top(query, 30)
    assert kind == "index"
    assert hits.rows.max() < len(left)
    mask = np.arange(len(left)) % 3 == 0
    filtered, kind = collection.top(query, 20, mask)
    assert kind == "index"
    assert mask[filtered.rows].all()
    assert len(collection.top(query, 100, mask)[0]) == 100
    few = np.zeros(len(left), bool)
    few[[3, 5]] = True
    strict, kind = collection.top(query, 20, few)
    assert (kind, sorted(strict.rows.tolist())) == ("exact", [3, 5])


@pytest.mark.parametrize("damage", ["cut", "facts", "gone"])
def test_a_damaged_index_counts_as_none(built: Collection, folder: Path, damage: str) -> None:
    lists = next((folder / "index").glob("*.faiss"))
    if damage == "cut":
        copy = lists.read_bytes()
        lists.unlink()  # the open one stays mapped
        lists.write_bytes(copy[: len(copy) // 2])
    elif damage == "facts":
        lists.with_suffix(".json").write_text("{")
    else:
        lists.unlink()
    collection = open_collection(folder, names(COUNT))
    assert collection.index is None
    assert collection.index_due
    assert collection.top(clustered(1)[0], 3)[1] == "exact"


def test_stopping_keeps_nothing(folder: Path) -> None:
    collection = open_collection(folder, names(COUNT))
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        collection.build_index({"images": clustered(20, 2)}, report)
    assert collection.index is None
    assert not (folder / "index").exists()


def test_a_damaged_row_spoils_nothing(folder: Path) -> None:
    shard = folder / "vectors" / "00001.f16"
    raw = bytearray(shard.read_bytes())
    raw[: 2 * DIM] = b"\xff" * 2 * DIM  # not a number
    shard.write_bytes(raw)
    ids = [name for n, name in enumerate(names(COUNT)) if n != 700]
    collection = open_collection(folder, ids)
    query = clustered(1, 12)[0]
    exact = collection.top(query, 10)[0]
    assert np.isfinite(exact.scores).all()
    collection.build_index({"images": clustered(40, 2)}, Report())
    hits, kind = collection.top(query, 10)
    assert kind == "index"
    assert np.isfinite(hits.scores).all()
    assert len(np.intersect1d(hits.rows, exact.rows)) >= 8
