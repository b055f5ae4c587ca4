"""A folder that is classified, looked at, and saved afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder
from services.sorter import classify_colours
from services.sorter.classify_colours import embedded, model_file

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.sorter import folders, running
from core.services.sorter.browsing import running as browsing
from core.services.sorter.browsing.listing import NO_USE, Listing
from core.services.sorter.browsing.running import classify
from core.services.sorter.browsing.saving import save
from core.services.sorter.running import Wanted
from core.sorter.sorter import Sorter

COUNT = 75


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    return embedded(tmp_path / "pictures", tmp_path / "ws", COUNT)


@pytest.fixture
def sorter(coloured: tuple[Project, dict[str, str]], tmp_path: Path) -> Sorter:
    return model_file(*coloured, tmp_path / "a.winnow")


@pytest.fixture
def images(tmp_path: Path, sorter: Sorter) -> Path:
    folder = tmp_path / "other"
    classify_colours.write_pictures(folder, COUNT)
    (folder / "bad.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(browsing, "classified_root", lambda: tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def listing(images: Path, sorter: Sorter) -> Listing:
    return classify(images, sorter, ColourEncoder())


def table_of(listing: Listing, out: Path) -> pl.DataFrame:
    running.results.write_table(listing.done, out)
    return pl.read_parquet(out)


def test_it_holds_what_a_table_of_the_run_would_hold(listing: Listing, tmp_path: Path) -> None:
    table = table_of(listing, tmp_path / "all.parquet")
    places = listing.places(order="path")
    rows = listing.rows(places)
    assert [row.path for row in rows] == table["path"].to_list()
    assert [row.image_id for row in rows] == table["id"].to_list()
    assert [row.name for row in rows] == table["class"].to_list()
    assert [row.probability for row in rows] == table["probability"].to_list()
    sets = [None if row.inside is None else "|".join(row.inside) for row in rows]
    assert sets == table["set"].to_list()
    assert listing.counted.rejections[0][0] == "bad.jpg" and listing.counted.rejected == 1
    assert (listing.assigned == NO_USE).sum() == 1


def test_rows_come_in_the_order_and_of_the_class_that_is_asked_for(listing: Listing) -> None:
    sure = [row.probability for row in listing.rows(listing.places())]
    assert sure == sorted(sure)
    assert sorted(listing.places(order="most sure")) == sorted(listing.places())
    for k, (count, _) in enumerate(listing.counts()):
        places = listing.places(k)
        assert len(places) == count
        assert {row.name for row in listing.rows(places)} <= {listing.done.names[k]}


def test_what_is_for_review_follows_the_limit(listing: Listing) -> None:
    usable = listing.probability[listing.assigned != NO_USE]
    limit = float(np.quantile(usable, 0.5))
    review = listing.for_review(limit)
    assert review.sum() == (usable < np.float32(limit)).sum()
    assert sum(unsure for _, unsure in listing.counts(limit)) == review.sum()
    assert set(listing.places(below=limit)) == set(np.flatnonzero(review))
    assert listing.for_review(0.0).sum() == 0 and listing.for_review(1.1).sum() == COUNT


def test_the_same_once_more_reads_no_image(
    listing: Listing, images: Path, sorter: Sorter, own: Path
) -> None:
    again = classify(images, sorter, ColourEncoder())
    assert again.done.encoded == 0 and "none had to be read" in again.notes[0]
    assert np.array_equal(again.probability, listing.probability)
    assert len(list(own.iterdir())) == 1
    assert sorted(path.suffix for path in images.iterdir()).count(".parquet") == 0


def test_a_run_that_is_stopped_leaves_nothing_beside_the_images_and_goes_on(
    images: Path, sorter: Sorter
) -> None:
    before = sorted(images.iterdir())
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        classify(images, sorter, ColourEncoder(), report)
    assert sorted(images.iterdir()) == before
    assert classify(images, sorter, ColourEncoder()).counted.classified == COUNT


def test_only_the_latest_runs_stay(
    images: Path, sorter: Sorter, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "MOST", 1)
    first = classify(images, sorter, ColourEncoder())
    second = tmp_path / "second"
    classify_colours.write_pictures(second, 20)
    assert classify(second, sorter, ColourEncoder()).counted.classified == 20
    assert len(list(own.iterdir())) == 1
    wanted = Wanted(folders.options("copy"), table=tmp_path / "late.csv")
    with pytest.raises(WinnowError, match="classify it once more"):
        save(first, sorter, ColourEncoder(), wanted, Report())
    with pytest.raises(WinnowError, match="once more"):
        first.rows([0])
    assert not (tmp_path / "late.csv").exists()


def test_what_is_saved_is_what_classify_writes(
    listing: Listing, images: Path, sorter: Sorter, tmp_path: Path
) -> None:
    encoder = ColourEncoder()
    for ending in (".csv", ".parquet"):
        ours, theirs = tmp_path / f"ours{ending}", tmp_path / f"theirs{ending}"
        saved = save(
            listing, sorter, encoder, Wanted(folders.options("copy"), table=ours), Report()
        )
        running.run(
            images, sorter, encoder, Wanted(folders.options("copy"), table=theirs), Report()
        )
        assert ours.read_bytes() == theirs.read_bytes()
        assert saved.images == COUNT and saved.rejected_list is not None
    options = folders.options("copy", 0.9)
    out = tmp_path / "sorted"
    save(listing, sorter, encoder, Wanted(options, folders=out), Report())
    review = sum(1 for path in out.rglob("review/**/*") if path.is_file())
    assert review >= listing.for_review(0.9).sum()
    assert (out / "manifest.json").is_file()


def test_nothing_is_saved_among_the_images(listing: Listing, images: Path, sorter: Sorter) -> None:
    wanted = Wanted(folders.options("copy"), table=images / "all.csv")
    with pytest.raises(WinnowError, match="image folder"):
        save(listing, sorter, ColourEncoder(), wanted, Report())
