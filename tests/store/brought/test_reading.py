"""Labels as other programs write them, told by content; what is damaged costs one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runtime.errors import WinnowError
from core.store.brought import label_studio
from core.store.csv_tables import LabelTable, read_labels


def read(tmp_path: Path, document: Any, name: str = "labels.json") -> LabelTable:
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_labels(path)


def task(image: Any, *choices: Any, **more: Any) -> dict[str, Any]:
    result = [{"type": "choices", "value": {"choices": [choice]}} for choice in choices]
    return {"data": {"image": image}, "annotations": [{"result": result, **more}]}


def reasons(table: LabelTable) -> dict[int, str]:
    return {row.line: row.reason for row in table.rejected}


def test_label_studio(tmp_path: Path) -> None:
    document = [
        task("/data/local-files/?d=sub/a%20b.jpg", "cat"),
        task("/data/upload/3/1a2b3c4d-c.jpg", "dog"),
        task("s3://bucket/d.jpg", "dog", was_cancelled=True),
        task("e.jpg", "cat", "dog"),
        {"data": {"image": "x", "path": "own/f.jpg"}, "annotations": [{"result": []}]},
        task("g.jpg"),
        task(7, "cat"),
        "nonsense",
        {
            "data": {"image": "h.jpg"},
            "annotations": [
                {"result": [{"type": "choices", "value": {"choices": ["cat"]}}]},
                {
                    "ground_truth": True,
                    "result": [{"type": "choices", "value": {"choices": ["dog"]}}],
                },
            ],
        },
        {"data": {"image": "i.jpg"}, "predictions": [{"result": []}]},
    ]
    table = read(tmp_path, document)
    assert dict(table) == {"sub/a b.jpg": "cat", "c.jpg": "dog", "h.jpg": "dog"}
    assert table.by_name and table.rows == 10
    assert reasons(table) == {
        3: "no label", 4: "several labels", 5: "no label", 6: "no label", 7: "no path",
        8: "no path", 10: "no label",
    }  # fmt: skip


def test_people_who_differ_in_label_studio_give_no_label(tmp_path: Path) -> None:
    twice = task("a.jpg", "cat")
    twice["annotations"] += task("a.jpg", "dog")["annotations"]
    table = read(tmp_path, [twice, task("b.jpg", "cat")])
    assert dict(table) == {"b.jpg": "cat"}
    assert {row.reason for row in table.rejected} == {"another label in another row"}


def test_label_studio_min(tmp_path: Path) -> None:
    own = {"annotation_id": 3, "annotator": 1, "lead_time": 2.0}
    document = [
        {"image": "/data/upload/1/0123abcd-a.jpg", "id": 1, "kind of thing": "cat", **own},
        {"image": "b.jpg", "id": 2, "choice": "dog", "note": "blurred", **own},
        {"image": "c.jpg", "id": 3, "choice": {"choices": ["cat", "dog"]}, **own},
    ]
    table = read(tmp_path, document)
    assert dict(table) == {"a.jpg": "cat", "b.jpg": "dog"}
    assert reasons(table) == {3: "several labels"}


def test_fiftyone(tmp_path: Path) -> None:
    labels = {"a": 0, "sub/b": 1, "c": None, "d": "bird", "e": {"label": "cat"}, "f": [0, 1],
              "g": 9, "h": True, "i": [1]}  # fmt: skip
    table = read(tmp_path, {"classes": ["cat", "dog"], "labels": labels})
    assert dict(table) == {
        "a": "cat", "sub/b": "dog", "d": "bird", "e": "cat", "g": "9", "i": "dog",
    }  # fmt: skip
    assert reasons(table) == {
        3: "no label", 6: "several labels", 8: "a label that is no text",
    }  # fmt: skip
    samples = [
        {"filepath": "data/a.jpg", "ground_truth": {"_cls": "Classification", "label": "cat"},
         "model": {"_cls": "Classification", "label": "dog"}},
        {"filepath": "data/b.jpg", "ground_truth": None},
        4,
    ]  # fmt: skip
    table = read(tmp_path, {"samples": samples})
    assert dict(table) == {"data/a.jpg": "cat"}
    assert reasons(table) == {2: "no label", 3: "no path"}
    for sample in samples[:1]:
        sample["old"] = sample.pop("ground_truth")
    with pytest.raises(WinnowError, match=r"several fields \(model, old\)"):
        read(tmp_path, {"samples": samples})


def test_hugging_face_metadata(tmp_path: Path) -> None:
    lines = '{"file_name": "a.jpg", "label": "cat"}\n\n{"file_name": "b.jpg", "label": 1}\n[]\n'
    table = read(tmp_path, lines, "metadata.jsonl")
    assert dict(table) == {"a.jpg": "cat", "b.jpg": "1"}
    assert reasons(table) == {3: "no path"}
    assert dict(read(tmp_path, [{"image": "c.jpg", "label": "dog"}])) == {"c.jpg": "dog"}


@pytest.mark.parametrize("path_column", [True, False])
def test_hugging_face_parquet_is_read_without_its_pictures(
    tmp_path: Path, path_column: bool
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    feature = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    columns: dict[str, Any] = {
        "image": [{"bytes": b"x" * 99, "path": f"{name}.jpg"} for name in "ab"],
        "label": [1, 0],
    }
    if path_column:
        columns["path"] = ["sub/a.jpg", "sub/b.jpg"]
    meta = {"huggingface": json.dumps({"info": {"features": feature}})}
    pq.write_table(pa.table(columns).replace_schema_metadata(meta), tmp_path / "t.parquet")
    table = read_labels(tmp_path / "t.parquet")
    base = "sub/" if path_column else ""
    assert dict(table) == {f"{base}a.jpg": "dog", f"{base}b.jpg": "cat"}
    assert table.by_name
    columns.pop("label")
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    with pytest.raises(WinnowError, match="holds pictures, but no column named label"):
        read_labels(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"a": 1}', "is JSON, but neither"),
        ("[]", "is JSON, but neither"),
        ('{"labels": {}}', "holds no images"),
        ('{"labels": {"a": null}}', "no row that counts"),
        ('{"file_name": "a", "label": "\\ud800"}', "cannot be read as JSON"),
    ],
)
def test_hostile_files_are_refused_in_a_sentence(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(WinnowError, match=why) as error:
        read(tmp_path, text)
    assert "\n" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["data", "image", "path", "annotations", "result", "value", "choices", "type", "label",
             "labels", "classes", "samples", "filepath", "ground_truth", "_cls", "annotator",
             "lead_time", "was_cancelled"]
        ) | st.text(max_size=3),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.mktemp("any") / "x.json"
    path.write_text(
        json.dumps([value]) if not isinstance(value, dict | list) else json.dumps(value)
    )
    try:
        table = read_labels(path)
    except WinnowError as error:
        assert "\n" not in str(error)
    else:
        assert all(isinstance(label, str) and label for label in table.values())


def test_addresses_of_label_studio() -> None:
    for address, path in {
        "https://host/x/a%20b.jpg?token=1": "x/a b.jpg",
        "upload/1/abcdef01-a.jpg": "a.jpg",
        "/data/upload/a.jpg": "a.jpg",
        "/data/local-files/?d=C%3A/x/a.jpg": "C:/x/a.jpg",
        "plain/a.jpg": "plain/a.jpg",
        "http://[": "http://[",
        "": "",
    }.items():
        assert label_studio.place_of(address) == path
    assert label_studio.place_of(None) == ""


def test_a_folder_is_named_with_the_files_of_labels_in_it(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match=r"is a folder: name the file of labels in it\.$"):
        read_labels(tmp_path)
    for split in ("test", "train"):
        (tmp_path / "huggingface" / split).mkdir(parents=True)
        (tmp_path / "huggingface" / split / "metadata.csv").write_text("file_name,label\na.jpg,b\n")
    with pytest.raises(WinnowError) as raised:
        read_labels(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path} is a folder: name the file of labels in it: "
        f"{tmp_path}/huggingface/test/metadata.csv, {tmp_path}/huggingface/train/metadata.csv."
    )
