"""Hugging Face image folder: huggingface/SPLIT/CLASS/FILE with metadata.csv beside it.

``datasets.load_dataset(folder)`` reads it without a network. Its ``imagefolder`` takes the label
from the table; the folders are there for people. Source: the documentation of `datasets`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from core.export.formats.base import ExportFormat, Job
from core.export.layout import Tree
from core.export.names import fold
from core.export.plan import Plan, PlanItem
from core.export.readers.known import DATASETS
from core.export.record.frame import encodable
from core.export.record.jsonfile import rounded
from core.runtime.csv_rows import write_rows

_ROOT = "huggingface"
SPLIT_NAMES = {"train": "train", "val": "validation", "test": "test"}
"""What `datasets` calls the splits."""
# What pandas, with which `datasets` reads CSV, takes for a missing value or a truth value.
_NO_TEXT = frozenset(
    {"", "#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>"}
    | {"n/a", "na", "null", "nan", "none", "true", "false"}
)
_HEADER = ("file_name", "label", "probability", "source", "path", "id")


class _SplitFolders(Tree):
    """A folder a split, and in each a folder a class that `datasets` does not pass over."""

    def __init__(self, plan: Plan) -> None:
        self._folders = _without_special(plan.folders.values())

    def places(self, item: PlanItem) -> list[str]:
        """The file below its split."""
        return [f"{_ROOT}/{item.split or 'train'}/{self.name(item)}"]

    def name(self, item: PlanItem) -> str:
        """Where an item lies below its split; without splits everything is in train."""
        folder, _, name = item.target.rpartition("/")
        return f"{self._folders[folder]}/{name}"


def _write(job: Job) -> None:
    """Write the table of each split, and the README.md that names the splits.

    Where a class has a name that a reader of CSV takes for a number or for nothing ("1", "n/a"),
    the table is metadata.jsonl instead.
    """
    root = job.folder / _ROOT
    root.mkdir(exist_ok=True)
    tree = _SplitFolders(job.outcome.plan)
    by_split = job.outcome.by_split()
    for split, items in by_split.items():
        place = root / split
        place.mkdir(exist_ok=True)
        rows = [(tree.name(item), *_details(item)) for item in items]
        if all(map(_stays_text, job.outcome.plan.folders)):
            _write_rows(place / "metadata.csv", rows)
        else:
            lines = (json.dumps(dict(zip(_HEADER, row, strict=True))) + "\n" for row in rows)
            with (place / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines)
    # Without it, class folders named "test" or "dev" would be taken for splits.
    write_card(root, {split: f"{split}/**" for split in by_split})


def _write_rows(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, [_HEADER])
        write_rows(file, rows)


def _stays_text(name: str) -> bool:
    """Whether a name is still the same text after `datasets` has read it from CSV."""
    if name.strip().lower() in _NO_TEXT:
        return False
    try:
        float(name)
    except ValueError:
        return True
    return False


def _details(item: PlanItem) -> tuple[object, ...]:
    a = item.assignment
    return (encodable(a.label), rounded(a.probability), a.source, encodable(a.path), a.id)


def write_card(root: Path, patterns: Mapping[str, str]) -> None:
    """Write the README.md from which `datasets` learns which files make up which split.

    Args:
        root: the folder to be loaded.
        patterns: split → pattern of its files, relative to `root`.

    Raises:
        OSError: it cannot be written.
    """
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for split, pattern in patterns.items():
        lines += [f"  - split: {SPLIT_NAMES[split]}", f'    path: "{pattern}"']
    lines += ["---", "", "Images sorted with Winnow; see metadata.json of the export.", ""]
    (root / "README.md").write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _without_special(folders: Iterable[str]) -> dict[str, str]:
    """Class folders as `datasets` sees them: it passes over names that begin with "__"."""
    names: Sequence[str] = list(folders)
    taken = {fold(name) for name in names}
    result = {}
    for name in names:
        other = name
        number = 1
        while other.startswith("__") or (other != name and fold(other) in taken):
            other = f"class {name.strip('_')} {number}"
            number += 1
        taken.add(fold(other))
        result[name] = other
    return result


FORMAT = ExportFormat(
    name="huggingface",
    title="Hugging Face image folder",
    order=30,
    reader=DATASETS,
    own_names=frozenset({_ROOT}),
    tree=_SplitFolders,
    write=_write,
)
