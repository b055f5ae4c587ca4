"""Hugging Face datasets: a folder of images with metadata.csv, or Parquet with the images inside.

Both are read with ``datasets.load_dataset(folder)``, without a network.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.export.layout import HUGGINGFACE, Layout
from core.export.options import Format
from core.export.plan import PlanItem
from core.export.record.frame import encodable
from core.export.record.jsonfile import rounded
from core.export.record.run import Outcome

HF_PARQUET: Format = "hf-parquet"
_SPLIT_NAMES = {"train": "train", "val": "validation", "test": "test"}
_SHARD_BYTES = 500_000_000  # what the Hub advises
_GROUP_BYTES = 32_000_000  # images kept in memory before they are written
# What pandas, with which `datasets` reads CSV, takes for a missing value or a truth value.
_NO_TEXT = frozenset(
    {"", "#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>"}
    | {"n/a", "na", "null", "nan", "none", "true", "false"}
)
_HEADER = ("file_name", "label", "probability", "source", "path", "id")


def write_image_folder(folder: Path, outcome: Outcome, layout: Layout) -> None:
    """Write metadata.csv beside the images of each split, and the README.md that names the splits.

    The images themselves are there already, as `Layout` puts them. Where a class has a name that a
    reader of CSV takes for a number or for nothing ("1", "n/a"), it is metadata.jsonl instead.

    Raises:
        OSError: a file cannot be written.
    """
    root = folder / HUGGINGFACE
    root.mkdir(exist_ok=True)
    by_split = _by_split(outcome)
    for split, items in by_split.items():
        place = root / split
        place.mkdir(exist_ok=True)
        names = [layout.huggingface(item).removeprefix(f"{HUGGINGFACE}/{split}/") for item in items]
        rows = [(name, *_details(item)) for name, item in zip(names, items, strict=True)]
        if all(map(_stays_text, outcome.plan.folders)):
            _write_rows(place / "metadata.csv", rows)
        else:
            lines = (json.dumps(dict(zip(_HEADER, row, strict=True))) + "\n" for row in rows)
            with (place / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines)
    # Without it, class folders named "test" or "dev" would be taken for splits.
    _write_card(root, {split: f"{split}/**" for split in by_split})


def write_hf_parquet(
    folder: Path,
    outcome: Outcome,
    read: Callable[[PlanItem], bytes],
    step: Callable[[], None],
) -> None:
    """Write data/<split>-00000-of-00001.parquet with the bytes of each image and a class label.

    The label is a number; the names of the classes are in the file, where `datasets` finds them.

    Args:
        read: the content of an image.
        step: called after each image; may raise to stop.

    Raises:
        OSError: a file cannot be written.
    """
    root = folder / HF_PARQUET
    (root / "data").mkdir(parents=True, exist_ok=True)
    classes = list(outcome.plan.folders)
    by_split = _by_split(outcome)
    for split, items in by_split.items():
        shards = _shards(items)
        for number, shard in enumerate(shards):
            name = f"{_SPLIT_NAMES[split]}-{number:05d}-of-{len(shards):05d}.parquet"
            _write_shard(root / "data" / name, shard, classes, read, step)
    for item in outcome.items:
        if item.review:
            step()
    _write_card(root, {split: f"data/{_SPLIT_NAMES[split]}-*" for split in by_split})


def _write_rows(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows(rows)


def _stays_text(name: str) -> bool:
    """Whether a name is still the same text after `datasets` has read it from CSV."""
    if name.strip().lower() in _NO_TEXT:
        return False
    try:
        float(name)
    except ValueError:
        return True
    return False


def _by_split(outcome: Outcome) -> dict[str, list[PlanItem]]:
    """Images by split, without those in review/; everything is train when there are no splits."""
    found: dict[str, list[PlanItem]] = defaultdict(list)
    for item in outcome.items:
        if not item.review:
            found[item.split or "train"].append(item)
    return {split: found[split] for split in _SPLIT_NAMES if split in found}


def _details(item: PlanItem) -> tuple[object, ...]:
    a = item.assignment
    return (encodable(a.label), rounded(a.probability), a.source, encodable(a.path), a.id)


def _shards(items: Sequence[PlanItem]) -> list[list[PlanItem]]:
    shards: list[list[PlanItem]] = [[]]
    size = 0
    for item in items:
        if size + item.assignment.size > _SHARD_BYTES and shards[-1]:
            shards.append([])
            size = 0
        shards[-1].append(item)
        size += item.assignment.size
    return shards


def _write_shard(
    path: Path,
    items: Sequence[PlanItem],
    classes: Sequence[str],
    read: Callable[[PlanItem], bytes],
    step: Callable[[], None],
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(classes)
    numbers = {name: number for number, name in enumerate(classes)}
    # The images are compressed already.
    with pq.ParquetWriter(path, schema, compression="none") as writer:
        for rows in _groups(items, numbers, read, step):
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _groups(
    items: Sequence[PlanItem],
    numbers: Mapping[str, int],
    read: Callable[[PlanItem], bytes],
    step: Callable[[], None],
) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    size = 0
    for item in items:
        a = item.assignment
        data = read(item)
        rows.append(
            {
                "image": {"bytes": data, "path": item.target.rpartition("/")[2]},
                "label": numbers[a.label],
                "probability": rounded(a.probability),
                "source": a.source,
                "path": encodable(a.path),
                "id": a.id,
            }
        )
        size += len(data)
        step()
        if size >= _GROUP_BYTES:
            yield rows
            rows, size = [], 0
    yield rows


def _schema(classes: Sequence[str]) -> Any:
    """The Arrow schema, with the features as `datasets` keeps them in its metadata."""
    import pyarrow as pa

    names = [encodable(name) for name in classes]
    text = {"dtype": "string", "_type": "Value"}
    features = {
        "image": {"_type": "Image"},
        "label": {"names": names, "_type": "ClassLabel"},
        "probability": {"dtype": "float64", "_type": "Value"},
        "source": text,
        "path": text,
        "id": text,
    }
    return pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("label", pa.int64()),
            ("probability", pa.float64()),
            ("source", pa.string()),
            ("path", pa.string()),
            ("id", pa.string()),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )


def _write_card(root: Path, patterns: Mapping[str, str]) -> None:
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for split, pattern in patterns.items():
        lines += [f"  - split: {_SPLIT_NAMES[split]}", f'    path: "{pattern}"']
    lines += ["---", "", "Images sorted with Winnow; see metadata.json of the export.", ""]
    (root / "README.md").write_text("\n".join(lines), encoding="utf-8", newline="\n")
