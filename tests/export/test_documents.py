"""What is written beside the image files: only what was asked for."""

import json
from pathlib import Path

from export.export_builders import run_record, tree
from export.format_builders import plan_of

from core.export.write import write


def test_only_what_was_chosen_is_written(images: Path, tmp_path: Path) -> None:
    records = {"manifest.json", "metadata.json", "rejected.csv", "report.html", "report.txt"}
    for form, files in (("csv", {"images.csv"}), ("zip", {"images.zip"}), ("coco", {"coco.json"})):
        out = write(plan_of(images, formats=(form,)), images, tmp_path / form, run_record()).out
        assert set(tree(out)) == records | files
    entry = json.loads((tmp_path / "csv/metadata.json").read_bytes())["images"][0]
    assert entry["file"] is None and entry["split_file"] is None
    assert plan_of(images, formats=("csv",)).bytes_needed == 0
    both = plan_of(images, formats=("folders", "zip"))
    assert both.bytes_needed == 2 * both.bytes_total
