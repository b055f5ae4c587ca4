"""One collection for the tests of all formats, with names that are hard on readers."""

from pathlib import Path

import pytest
from export.export_builders import assign

from core.export.options import ExportOptions
from core.export.plan import Plan, Rejected
from core.export.planning import make_plan

SHARES = (0.5, 0.25, 0.25)
CLASSES = ["cat", "n/a", "test", "__x", "none", "*", "^t.*$"]
NAMES = [f"{folder}/{n} é.jpg" for folder in ("in", "train", "dev") for n in range(24)]


def plan_of(root: Path, **changes: object) -> Plan:
    entries = [
        assign(
            root,
            name,
            CLASSES[index % 4],
            probability=0.1 if index % 9 == 0 else 0.75,
            scores=dict.fromkeys(CLASSES, 0.2),
            flags=("one", "two") if index == 1 else (),
            width=24 + index % 5,
            height=16,
        )
        for index, name in enumerate(NAMES)
    ]
    options = ExportOptions(review_below=0.5, **changes)  # type: ignore[arg-type]
    return make_plan(entries, [Rejected("bad, file.jpg", "no image")], CLASSES, options)


def in_split(plan: Plan, split: str) -> list[tuple[str, str]]:
    """(class, content id) of the images of a split, in the order of the plan."""
    return [(i.assignment.label, i.assignment.id) for i in plan.items if i.split == split]


def folder_of(plan: Plan) -> dict[str, str]:
    return {folder: name for name, folder in plan.folders.items()}


def load_dataset(monkeypatch: pytest.MonkeyPatch, cache: Path, path: Path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(cache))
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    return datasets.load_dataset(str(path), cache_dir=str(cache))
