"""A delivery received: its verdict, what came before, what is to be asked, what is on record."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from services.deliveries.delivering import pictures, received, sorter_of

from core.learn.asking import audit
from core.runtime.errors import WinnowError
from core.services.deliveries.field_table import read_fields
from core.services.deliveries.fields import Fields
from core.services.deliveries.records import records, table_of
from core.services.deliveries.telling import as_json, in_order, summary, write_table
from core.sorter.sorter import Sorter
from core.sorter.verdict import labels_to_prove


@pytest.fixture(scope="module")
def sorter(tmp_path_factory: pytest.TempPathFactory) -> Sorter:
    place = tmp_path_factory.mktemp("collection")
    return sorter_of(pictures(place / "all", (60, 60, 60), 0), place / "ws")


def test_one_like_the_collection_is_the_same_as_before(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "first", (40, 40, 40), 1)
    (folder / "broken.jpg").write_bytes(b"nothing")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    delivery = received(folder, sorter, tmp_path / "deliveries")
    content = as_json(delivery)
    assert (content["images"], content["rejected"], content["verdict"]) == (
        120, 1, "same as before",
    )  # fmt: skip
    assert {one["class"] for one in content["shares"]} == {"red", "green", "blue"}
    assert all(one["low"] <= one["share"] <= one["high"] for one in content["shares"])
    assert content["unlike"] == 0 and content["duplicates"] == 0 and not content["unlike_paths"]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path for path, _ in delivery.problems] == ["broken.jpg"]


def test_the_images_to_ask_are_drawn_as_audit_images_are(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "first", (40, 40, 40), 1)
    shutil.copy(folder / "red000.jpg", folder / "again.jpg")
    delivery = received(folder, sorter, tmp_path / "deliveries")
    distinct = delivery.frame.unique("id", keep="first", maintain_order=True)
    ask = labels_to_prove(sorter, 120)
    assert (delivery.record.ask, delivery.record.copies) == (ask, 1) and ask
    order = audit.order(distinct["id"].to_list())[:ask]
    expected = [distinct["path"][int(row)] for row in order]
    assert as_json(delivery)["ask_paths"] == expected == in_order(delivery.frame, "ask")


def test_without_a_measured_accuracy_nothing_can_be_proved(sorter: Sorter, tmp_path: Path) -> None:
    content = sorter.content.model_copy(update={"accuracy": None})
    folder = pictures(tmp_path / "first", (9, 9, 9), 1)
    delivery = received(folder, replace(sorter, content=content), tmp_path / "deliveries")
    assert as_json(delivery)["ask"] is None and as_json(delivery)["ask_paths"] == []
    assert any("never measured" in line for line in summary(delivery.record))


def test_shares_that_moved(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "moved", (90, 20, 20), 2)
    delivery = received(folder, sorter, tmp_path / "deliveries")
    assert delivery.record.kind == "moved"
    moved = {one.name: one.share for one in delivery.record.shares if one.moved}
    assert moved["red"] > 0.6


def test_something_new_and_which_images_it_is(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "new", (40, 40, 40), 3, odd=20)
    delivery = received(folder, sorter, tmp_path / "deliveries")
    content = as_json(delivery)
    assert content["verdict"] == "something new" and 0.05 < content["unlike"] < 0.3
    first = content["unlike_paths"][:10]
    assert sum(path.startswith("odd") for path in first) >= 9


def test_exact_and_near_duplicates_of_earlier_deliveries(sorter: Sorter, tmp_path: Path) -> None:
    deliveries = tmp_path / "deliveries"
    first = pictures(tmp_path / "first", (20, 20, 20), 4)
    received(first, sorter, deliveries)
    second = pictures(tmp_path / "second", (20, 20, 20), 5)
    shutil.copy(first / "red001.jpg", second / "copy.jpg")
    with Image.open(first / "green002.jpg") as image:
        image.resize((64, 48), Image.Resampling.BICUBIC).save(second / "near.jpg", quality=80)
    delivery = received(second, sorter, deliveries)
    rows = {row["path"]: row for row in delivery.frame.iter_rows(named=True) if row["duplicate"]}
    assert {path: (row["duplicate"], row["duplicate_of"]) for path, row in rows.items()} == {
        "copy.jpg": ("exact", "first: red001.jpg"),
        "near.jpg": ("near", "first: green002.jpg"),
    }
    content = as_json(delivery)
    assert (content["duplicates"], content["exact_duplicates"], content["near_duplicates"]) == (
        2, 1, 1,
    )  # fmt: skip


def test_received_again_it_is_the_same_delivery(sorter: Sorter, tmp_path: Path) -> None:
    deliveries = tmp_path / "deliveries"
    folder = pictures(tmp_path / "first", (9, 9, 9), 6)
    first = received(folder, sorter, deliveries)
    other = pictures(tmp_path / "other", (9, 9, 9), 6)
    assert received(other, sorter, deliveries).record.exact == 27
    again = received(folder, sorter, deliveries)
    assert again.before == first.record.received and again.record == first.record
    assert again.record.exact == 0  # what came later is no earlier delivery
    assert [record.name for record in records(deliveries)] == ["other", "first"]
    assert len(list(deliveries.iterdir())) == 5  # a record and a table each, and the model file


def test_vectors_of_another_encoder_are_not_compared(sorter: Sorter, tmp_path: Path) -> None:
    deliveries = tmp_path / "deliveries"
    folder = pictures(tmp_path / "first", (9, 9, 9), 6)
    record = received(folder, sorter, deliveries).record
    path = deliveries / f"{record.key}.json"
    path.write_text(path.read_text().replace(record.encoder, "another"))
    second = pictures(tmp_path / "second", (9, 9, 9), 6)
    Image.open(second / "red000.jpg").save(second / "red000.jpg", quality=70)
    delivery = received(second, sorter, deliveries)
    assert (delivery.record.exact, delivery.record.near) == (26, 0)


def test_fields_are_on_record_and_in_the_table(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "first", (3, 3, 3), 7)
    (tmp_path / "f.csv").write_text(
        "path,SKU,class\nRED000.JPG,7,=x\nnone.jpg,8,\n./red001.jpg,9,\n"
    )
    fields = Fields({"vendor": "ACME"}, ("vendor", "sku"), read_fields(tmp_path / "f.csv"))
    delivery = received(folder, sorter, tmp_path / "deliveries", fields)
    assert delivery.record.fields == {"vendor": "ACME"} and delivery.record.missing == 7
    missing = as_json(delivery)["missing"]
    assert missing[0] == {"path": "blue000.jpg", "fields": ["sku"]} and len(missing) == 7
    assert [row.path for row in delivery.filled.rejected] == ["none.jpg"]
    write_table(delivery.record, delivery.frame, tmp_path / "t.csv", csv_safe=True)
    rows = {row["path"]: row for row in csv.DictReader((tmp_path / "t.csv").open())}
    assert rows["red000.jpg"]["sku"] == "7" and rows["red000.jpg"]["class_field"] == "'=x"
    assert rows["red002.jpg"]["missing"] == "sku" and rows["red002.jpg"]["vendor"] == "ACME"
    write_table(delivery.record, delivery.frame, tmp_path / "t.parquet")
    assert pl.read_parquet(tmp_path / "t.parquet").columns == list(rows["red000.jpg"])


def test_a_required_field_that_is_nowhere_stops_all(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "first", (1, 1, 1), 7)
    with pytest.raises(WinnowError, match="lacks sku"):
        received(folder, sorter, tmp_path / "deliveries", Fields({"vendor": "x"}, ("sku",)))
    assert not (tmp_path / "deliveries").exists()


def test_nothing_is_written_among_the_images(sorter: Sorter, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "first", (1, 1, 1), 7)
    with pytest.raises(WinnowError, match="outside of it"):
        received(folder, sorter, folder / "deliveries")


def test_a_delivery_of_no_use(sorter: Sorter, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first/a.jpg").write_bytes(b"nothing")
    with pytest.raises(WinnowError, match="None of the files"):
        received(tmp_path / "first", sorter, tmp_path / "deliveries")
    assert records(tmp_path / "deliveries") == []


def test_damaged_records_are_named(sorter: Sorter, tmp_path: Path) -> None:
    deliveries = tmp_path / "deliveries"
    record = received(pictures(tmp_path / "first", (3, 3, 3), 8), sorter, deliveries).record
    table = table_of(deliveries, record)
    assert len(table) == 9 and np.isfinite(np.frombuffer(table["vector"][0], np.float16)).all()
    (deliveries / record.table).write_bytes(b"PAR1")
    with pytest.raises(WinnowError, match="cannot be read"):
        table_of(deliveries, record)
    (deliveries / f"{record.key}.json").write_text("{}")
    with pytest.raises(WinnowError, match="move it away"):
        records(deliveries)


def test_a_record_cannot_name_a_file_elsewhere(sorter: Sorter, tmp_path: Path) -> None:
    deliveries = tmp_path / "deliveries"
    record = received(pictures(tmp_path / "first", (3, 3, 3), 8), sorter, deliveries).record
    path = deliveries / f"{record.key}.json"
    path.write_text(path.read_text().replace(record.table, "../other.parquet"))
    with pytest.raises(WinnowError, match="move it away"):
        records(deliveries)
