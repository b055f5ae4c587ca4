"""Classifying any folder: the app's numbers, bit by bit the same, and nothing lost by a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder
from services.sorter import classify_colours
from services.sorter.classify_colours import PART, WORDS, embedded, model_file, run, table

from core.embedding.engines.threads import Threads
from core.encoders.base import NO_VECTOR
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.sorter.making import make_sorter
from core.services.sorter.parts import beside
from core.services.sorter.results import (
    class_columns,
    rejected_beside,
    tally,
    write_rejected,
    write_table,
)
from core.services.sorter.scoring import Scorer
from core.services.tags.tagging import tagging_of
from core.sorter.sorter import Sorter
from core.tags.reading import parse

COUNT = 75
COLUMNS = ["red", "green", "blue|sea", "set_class"]


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    return embedded(tmp_path / "pictures", tmp_path / "ws", COUNT)


@pytest.fixture
def sorter(coloured: tuple[Project, dict[str, str]], tmp_path: Path) -> Sorter:
    return model_file(*coloured, tmp_path / "a.winnow")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "all.parquet"


class Stopping(Report):
    """Asks to stop after so many steps of the work itself."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        if name == "Classifying" and done >= self.after:
            self.cancel()
        super().step(name, done, total, note)


def interrupt(folder: Path, sorter: Sorter, out: Path) -> int:
    """A run that is stopped on its way; how many parts it leaves."""
    report = Stopping(3 * PART)
    with pytest.raises(Cancelled), run(folder, sorter, out, report=report, engine=Threads(1)):
        pass
    return len(list(beside(out).glob("*.parquet")))


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below one."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_the_collections_own_images_get_what_the_head_says_of_its_vectors(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    project, _ = coloured
    table(project.workspace.images, sorter, out)
    pool = project.pool()
    rows = pl.read_parquet(out)
    assert rows["path"].to_list() == sorted(pool.paths)
    assert rows["id"].to_list() == pool.ids
    expected = sorter.head.probabilities(pool.vectors)
    assert np.abs(rows.select(COLUMNS).to_numpy() - expected).max() <= 1e-6
    assert rows["class"].to_list() == [WORDS.names[k] for k in expected.argmax(axis=1)]
    assert np.allclose(rows["probability"].to_numpy(), expected.max(axis=1))
    fixed = ["path", "id", "class", "probability", *COLUMNS, "set"]
    assert rows.columns[: len(fixed)] == fixed


def test_tags_are_those_of_the_collection(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    project, _ = coloured
    table(project.workspace.images, sorter, out)
    rows, snapshot = pl.read_parquet(out), project.snapshot()
    tagged = tagging_of(project).score(snapshot, parse(classify_colours.TAGS, "x"))
    unsaid = tagged["warm"].human < 0
    for code in ("warm", "cold", "odd"):
        said = rows[f"tag_{code}"].to_numpy()
        assert np.abs(said - tagged[code].confidence)[unsaid].max() <= 1e-6, code
        bands = pl.Series(["rejected", "tentative", "accepted"]).gather(
            tagged[code].bands[unsaid].astype(np.uint32)
        )
        assert rows[f"tag_{code}_band"].filter(pl.Series(unsaid)).to_list() == bands.to_list()


def test_the_set_holds_the_best_class_and_all_above_their_thresholds(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    assert sorter.content.conformal is not None
    table(coloured[0].workspace.images, sorter, out)
    floors = [part.threshold for part in sorter.content.classes]
    for row in pl.read_parquet(out).iter_rows(named=True):
        sure = [
            name
            for name, column, floor in zip(WORDS.names, COLUMNS, floors, strict=True)
            if row[column] >= floor or name == row["class"]
        ]
        assert row["set"] == "|".join(sure)


def test_without_a_promise_the_sets_are_empty(tmp_path: Path, out: Path) -> None:
    project, truth = embedded(tmp_path / "pictures", tmp_path / "ws", 20)
    table(project.workspace.images, model_file(project, truth, tmp_path / "b.winnow", 4), out)
    rows = pl.read_parquet(out)
    assert rows["set"].null_count() == len(rows) == 20


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_two_runs_have_equal_bits(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path, ending: str
) -> None:
    first, second = tmp_path / f"1.{ending}", tmp_path / f"2.{ending}"
    folder = coloured[0].workspace.images
    table(folder, sorter, first)
    table(folder, sorter, second, engine=Threads(7))
    assert first.read_bytes() == second.read_bytes()


def test_nothing_is_left_and_nothing_lies_beside_the_images(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    folder = coloured[0].workspace.images
    before = everything(folder)
    table(folder, sorter, out)
    assert everything(folder) == before
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_an_interrupted_run_goes_on_and_has_equal_bits(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path, out: Path
) -> None:
    folder, whole = coloured[0].workspace.images, tmp_path / "whole.parquet"
    table(folder, sorter, whole)
    parts = interrupt(folder, sorter, out)
    assert 2 <= parts < -(-COUNT // PART)
    encoder, notes = ColourEncoder(), []
    done = table(folder, sorter, out, encoder=encoder, note=notes.append)
    assert done.encoded == COUNT - parts * PART < COUNT
    assert encoder.encoded <= done.encoded + 8
    assert notes == [f"An interrupted run goes on: {parts * PART} of {COUNT} files are done."]
    assert out.read_bytes() == whole.read_bytes()


def test_a_killed_process_goes_on_and_has_equal_bits(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path, out: Path
) -> None:
    folder, whole = coloured[0].workspace.images, tmp_path / "whole.parquet"
    table(folder, sorter, whole)
    repository = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": f"{repository}:{repository / 'tests'}"}
    command = [sys.executable, "-m", "services.sorter.classify_colours"]
    words = [str(folder), str(tmp_path / "a.winnow"), str(out)]
    process = subprocess.Popen([*command, *words], env=environment)
    until = time.monotonic() + 120
    while not list(beside(out).glob("0*.parquet")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not out.exists()
    done = table(folder, sorter, out)
    assert 0 < done.encoded < COUNT
    assert out.read_bytes() == whole.read_bytes()
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_part_that_is_damaged_is_made_again(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path, out: Path
) -> None:
    folder, whole = coloured[0].workspace.images, tmp_path / "whole.parquet"
    table(folder, sorter, whole)
    parts = interrupt(folder, sorter, out)
    (beside(out) / "000000.parquet").write_bytes(b"PAR1 half")
    assert table(folder, sorter, out).encoded == COUNT - (parts - 1) * PART
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("what", ["the list of files", "the model file", "the encoder"])
def test_parts_of_something_else_are_dropped_and_it_says_so(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path, out: Path, what: str
) -> None:
    project, truth = coloured
    folder, encoder, notes = project.workspace.images, ColourEncoder(), []
    interrupt(folder, sorter, out)
    if what == "the list of files":
        os.utime(folder / "p0003.jpg", ns=(1, 1))
    elif what == "the model file":
        sorter = model_file(project, truth, tmp_path / "b.winnow", 40)
    else:
        encoder = ColourEncoder("colours-2")
    done = table(folder, sorter, out, encoder=encoder, note=notes.append)
    assert done.encoded == COUNT
    assert notes == [
        f"An earlier run was interrupted, but {what} was another then: all is done anew."
    ]


def test_files_of_no_use_are_counted_and_listed(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    folder = coloured[0].workspace.images
    (folder / "=bad.jpg").write_bytes(b"no picture")
    (folder / "p0001b.jpg").write_bytes((folder / "p0001.jpg").read_bytes()[:40])
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    with run(folder, sorter, out) as done:
        counted = tally(done)
        write_table(done, out)
        listed = write_rejected(done, out, csv_safe=True)
    assert counted.classified == COUNT == sum(counted.classes.values())
    assert counted.rejected == 3 and len(counted.rejections) == 3
    assert listed == rejected_beside(out) == out.with_name("all.parquet.rejected.csv")
    rows = pl.read_csv(listed)
    assert rows.columns == ["path", "reason"]
    assert sorted(rows["path"]) == ["'=bad.jpg", "gone.jpg", "p0001b.jpg"]
    assert len(pl.read_parquet(out)) == COUNT
    for path, _ in counted.rejections:
        (folder / path).unlink()
    with run(folder, sorter, out) as done:
        assert write_rejected(done, out) is None
    assert not rejected_beside(out).exists()


class Blinking(ColourEncoder):
    """Has no vector for dark red pictures."""

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        vectors = super().encode_images(pixels)
        vectors[vectors[:, 0] > vectors[:, 1] * 2] = np.nan
        return vectors


def test_an_image_without_a_vector_is_rejected(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    with run(coloured[0].workspace.images, sorter, out, encoder=Blinking()) as done:
        counted = tally(done)
    assert 0 < counted.rejected == counted.reasons[NO_VECTOR] < COUNT


def test_copies_get_the_same(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    folder = coloured[0].workspace.images
    for name in ("a.jpg", "zz.jpg"):  # far apart, and so in different parts
        (folder / name).write_bytes((folder / "p0040.jpg").read_bytes())
    table(folder, sorter, out)
    rows = pl.read_parquet(out)
    same = rows.filter(pl.col("id") == rows.filter(pl.col("path") == "a.jpg")["id"][0])
    assert same["path"].to_list() == ["a.jpg", "p0040.jpg", "zz.jpg"]
    assert same.select(COLUMNS).n_unique() == 1


def test_what_is_less_probable_than_asked_is_for_review(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    with run(coloured[0].workspace.images, sorter, out) as done:
        write_table(done, out)
        middle = float(pl.read_parquet(out)["probability"].median() or 0)
        counted = tally(done, middle)
    unsure = (pl.read_parquet(out)["probability"].to_numpy() < middle).sum()
    assert 0 < counted.review == unsure
    assert sum(counted.classes.values()) + counted.review == COUNT


def test_vectors_are_there_for_who_wants_them(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    project, _ = coloured
    with run(project.workspace.images, sorter, out, vectors=True) as done:
        rows = pl.concat(done.parts.frames())
    made = np.frombuffer(b"".join(rows["vector"]), np.float16).reshape(len(rows), -1)
    assert np.array_equal(made.astype(np.float32), project.pool().vectors)
    assert rows["phash"].null_count() == 0


def test_a_table_for_spreadsheets_has_no_formulas(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path
) -> None:
    folder = coloured[0].workspace.images
    (folder / "p0000.jpg").rename(folder / "=1+1.jpg")
    out = tmp_path / "all.csv"
    with run(folder, sorter, out) as done:
        write_table(done, out, csv_safe=True)
        assert pl.read_csv(out)["path"][0] == "'=1+1.jpg"
        write_table(done, out)
    rows = pl.read_csv(out)
    assert rows["path"][0] == "=1+1.jpg"
    assert np.allclose(rows.select(COLUMNS).to_numpy().sum(axis=1), 1, atol=1e-5)


def test_two_runs_for_one_file_do_not_meet(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    folder = coloured[0].workspace.images
    with run(folder, sorter, out), pytest.raises(WinnowError, match="Another run works in"):
        table(folder, sorter, out)
    table(folder, sorter, out)


def test_a_folder_of_somebody_else_is_left_alone(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, out: Path
) -> None:
    beside(out).mkdir(parents=True)
    (beside(out) / "mine.txt").write_text("mine")
    with pytest.raises(WinnowError, match="was not made by Winnow"):
        table(coloured[0].workspace.images, sorter, out)
    assert (beside(out) / "mine.txt").read_text() == "mine"


def test_a_folder_without_images_is_refused(sorter: Sorter, tmp_path: Path, out: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WinnowError, match="is empty"):
        table(tmp_path / "empty", sorter, out)
    assert not out.parent.exists()


def test_columns_of_classes_are_unlike_all_others() -> None:
    names = ["path", "Set", "set_class", "tag_warm", "red"]
    assert class_columns(names, ["warm"]) == [
        "path_class",
        "Set_class_class",
        "set_class",
        "tag_warm_class",
        "red",
    ]


@pytest.mark.parametrize("rule", ["odd", "warm &", "warm & nothing"])
def test_a_rule_that_means_nothing_is_refused(sorter: Sorter, rule: str) -> None:
    derived = [sorter.content.derived[0].model_copy(update={"rule": rule})]
    content = sorter.content.model_copy(update={"derived": derived})
    with pytest.raises(WinnowError, match="rule of the tag 'odd'"):
        Scorer(Sorter(**(vars(sorter) | {"content": content})))


class Sizing(ColourEncoder):
    """Rounds by the size of the batch, as processors do."""

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        vectors = super().encode_images(pixels)
        return vectors + np.float32(0.01) * len(pixels)


def test_bits_do_not_depend_on_the_size_of_the_last_batch(
    coloured: tuple[Project, dict[str, str]], sorter: Sorter, tmp_path: Path, out: Path
) -> None:
    folder, whole = coloured[0].workspace.images, tmp_path / "whole.parquet"
    table(folder, sorter, whole, encoder=Sizing(), batch_size=10)
    report = Stopping(3 * PART)
    with (
        pytest.raises(Cancelled),
        run(folder, sorter, out, encoder=Sizing(), report=report, batch_size=10),
    ):
        pass
    table(folder, sorter, out, encoder=Sizing(), batch_size=10)
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_classes_called_like_patterns_are_columns(
    coloured: tuple[Project, dict[str, str]], out: Path, suffix: str
) -> None:
    project, _ = coloured
    names = {"*": ["red"], "^p.*$": ["green"], "=1": ["blue"]}
    sorter = make_sorter(project.snapshot(Vocabulary.of(names)), "a")
    target = out.with_suffix(f".{suffix}")
    with run(project.workspace.images, sorter, target) as done:
        write_table(done, target, csv_safe=True)
    frame = pl.read_csv(target) if suffix == "csv" else pl.read_parquet(target)
    quote = "'" if suffix == "csv" else ""
    assert frame.columns[4:7] == ["*", "^p.*$", f"{quote}=1"]
    assert set(frame["class"]) == {"*", "^p.*$", f"{quote}=1"}
