"""FiftyOne's image classification dataset, as its importer looks for it."""

import json
from pathlib import Path

from export.export_builders import assign, make_jpegs, run_record
from export.format_builders import CLASSES, in_split

from core.export.formats.huggingface import SPLIT_NAMES
from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.write import write
from core.images.hash import content_id


def test_each_split_has_its_labels_and_a_file_for_each(everything) -> None:
    plan, result = everything
    for split, name in SPLIT_NAMES.items():
        folder = result.out / "fiftyone" / name
        document = json.loads((folder / "labels.json").read_bytes())
        assert document["classes"] == CLASSES
        files = {path.stem: path for path in (folder / "data").iterdir()}
        assert sorted(files) == sorted(document["labels"])
        found = {(CLASSES[number], content_id(files[key].read_bytes()))
                 for key, number in document["labels"].items()}  # fmt: skip
        assert found == set(in_split(plan, split))


def test_exact_duplicates_have_files_of_their_own(tmp_path: Path) -> None:
    images = tmp_path / "images"
    make_jpegs(images, ["a.jpg"])
    (images / "b.png").write_bytes((images / "a.jpg").read_bytes())
    entries = [assign(images, name, "cat") for name in ("a.jpg", "b.png")]
    plan = make_plan(entries, [], ["cat", "dog"], ExportOptions(formats=("fiftyone",)))
    out = write(plan, images, tmp_path / "out", run_record()).out
    document = json.loads((out / "fiftyone/labels.json").read_bytes())
    stems = sorted(path.stem for path in (out / "fiftyone/data").iterdir())
    assert stems == sorted(document["labels"]) and len(stems) == 2
    assert set(document["labels"].values()) == {0}
