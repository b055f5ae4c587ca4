"""Any classes and any labels: every image exactly once in every tree, nothing outside."""

import csv
import json
from pathlib import Path

from export.export_builders import assign, run_record
from export.format_builders import NAMES, SHARES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.export.formats import FORMATS, layout_of
from core.export.names import fold
from core.export.options import ExportOptions
from core.export.plan import Rejected
from core.export.planning import make_plan
from core.export.write import write

HOSTILE = st.one_of(
    st.sampled_from(
        ["review", "splits", "yolo", "images.csv", "CON", "..", "../x", "__x", "class x 1", "test",
         "train", "Ä", "ä", "A\u0308", "a/b", "a\\b", "<b>", "'\"&", "\u202e",
         "\udce9", "\U0010fffe"]
    ),
    st.text(st.characters(codec=None, exclude_characters="\0"), max_size=6),
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(HOSTILE, min_size=1, max_size=5, unique=True),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 11), st.booleans()), max_size=12),
    st.sampled_from([None, SHARES]),
)
def test_any_classes_and_labels_give_every_image_exactly_once(
    images: Path, tmp_path_factory, classes, rows, shares
) -> None:
    entries = [
        assign(
            images,
            name,
            classes[label % len(classes)],
            probability=0.1 if unsure else 0.9,
            scores=dict.fromkeys(classes, 1.0),
        )
        for name, (label, _, unsure) in zip(NAMES, rows, strict=False)
    ]
    formats = tuple(name for name in FORMATS if shares or name != "yolo")
    options = ExportOptions(review_below=0.5, splits=shares, formats=formats)
    plan = make_plan(entries, [Rejected("\udce9.jpg", "bad")], classes, options)
    out = write(plan, images, tmp_path_factory.mktemp("any") / "out", run_record()).out

    document = json.loads((out / "metadata.json").read_bytes())
    listed = [entry["path"] for entry in document["images"] + document["rejected"]]
    assert sorted(listed) == sorted([*(e.path for e in entries), "\udce9.jpg"])
    labels = {entry["path"]: entry["class"] for entry in document["images"]}
    assert labels == {entry.path: entry.label for entry in entries}
    own = [p.relative_to(out).as_posix() for p in out.rglob("*.jpg")]
    own = [p for p in own if p.split("/")[0] not in ("splits", "yolo", "huggingface", "fiftyone")]
    assert sorted(own) == sorted(entry["file"] for entry in document["images"])
    layout = layout_of(plan)
    places = [fold(place) for item in plan.items for place in layout.places(item)]
    assert len(places) == len(set(places))
    for place in (place for item in plan.items for place in layout.places(item)):
        assert (out / place).resolve().is_relative_to(out.resolve()) and (out / place).is_file()
    with (out / "rejected.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 2
