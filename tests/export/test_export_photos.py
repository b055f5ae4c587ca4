"""The whole job on the shared clothing photos, where they are at hand (WINNOW_DATA)."""

import os
from pathlib import Path

import pytest
from export.export_builders import assign, run_record, tree

from core.export.options import ExportOptions
from core.export.plan import make_plan
from core.export.write import write

DATA = os.environ.get("WINNOW_DATA")


@pytest.mark.skipif(not DATA, reason="WINNOW_DATA is not set")
def test_real_photos_arrive_unchanged_and_in_full(tmp_path: Path) -> None:
    root = Path(DATA or "") / "clothing"
    names = sorted(path.relative_to(root).as_posix() for path in root.glob("test/*/*.jpg"))
    assert len(names) > 300
    before = tree(root / "test")
    entries = [assign(root, name, Path(name).parent.name) for name in names]
    classes = sorted({entry.label for entry in entries})
    plan = make_plan(entries, [], classes, ExportOptions(splits=(0.7, 0.15, 0.15)))
    result = write(plan, root, tmp_path / "out", run_record())
    assert (result.written, result.failed) == (len(names), [])
    written = tree(tmp_path / "out")
    for item in plan.items:
        assert written[item.target][0] == before[item.assignment.path.removeprefix("test/")][0]
    assert tree(root / "test") == before
