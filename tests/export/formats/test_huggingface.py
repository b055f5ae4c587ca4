"""Hugging Face's image folder and Parquet, read back by `datasets`."""

import pytest
from export.export_builders import assign, run_record
from export.format_builders import CLASSES, NAMES, in_split, load_dataset, plan_of

from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.write import write


@pytest.mark.parametrize("form", ["huggingface", "hf-parquet"])
def test_datasets_reads_both_of_its_forms(everything, tmp_path, monkeypatch, form: str) -> None:
    plan, result = everything
    loaded = load_dataset(monkeypatch, tmp_path, result.out / form)
    assert sorted(loaded) == ["test", "train", "validation"]
    for name, split in (("train", "train"), ("validation", "val"), ("test", "test")):
        part = loaded[name]
        labels = part["label"]
        if form == "hf-parquet":
            assert part.features["label"].names == CLASSES
            labels = part.features["label"].int2str(list(labels))
        assert sorted(zip(labels, part["id"], strict=True)) == sorted(in_split(plan, split))
        assert part[0]["image"].size[1] == 16
        by_id = {item.assignment.id: item for item in plan.items}
        assert [by_id[i].assignment.path for i in part["id"]] == list(part["path"])


def test_names_that_csv_cannot_tell_from_numbers_stay_text(images, tmp_path, monkeypatch) -> None:
    for classes, name in ((["007", "8"], "metadata.jsonl"), (["cat", "dog"], "metadata.csv")):
        entries = [assign(images, path, classes[n % 2]) for n, path in enumerate(NAMES)]
        plan = make_plan(entries, [], classes, ExportOptions(formats=("huggingface",)))
        out = write(plan, images, tmp_path / name, run_record()).out
        assert (out / "huggingface/train" / name).is_file()
        loaded = load_dataset(monkeypatch, tmp_path / f"cache-{name}", out / "huggingface")["train"]
        labels = dict(zip(loaded["id"], loaded["label"], strict=True))
        assert labels == {entry.id: entry.label for entry in entries}


def test_datasets_reads_an_export_without_splits(images, tmp_path, monkeypatch) -> None:
    plan = plan_of(images, formats=("huggingface", "hf-parquet"))
    out = write(plan, images, tmp_path / "out", run_record()).out
    for form in ("huggingface", "hf-parquet"):
        loaded = load_dataset(monkeypatch, tmp_path / form, out / form)
        assert list(loaded) == ["train"]
        assert len(loaded["train"]) == len(plan.items) - plan.review
