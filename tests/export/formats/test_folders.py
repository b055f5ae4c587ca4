"""Class folders, read back by torchvision."""

from pathlib import Path

import pytest
from export.export_builders import content_id, run_record
from export.format_builders import CLASSES, NAMES, folder_of, in_split, plan_of

from core.encoders import torchvision_compat
from core.export.options import ExportOptions
from core.export.plan import Rejected
from core.export.planning import make_plan
from core.export.write import write


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_torchvision_reads_the_class_folders(everything, split: str) -> None:
    torchvision_compat.prepare()
    from torchvision.datasets import ImageFolder

    plan, result = everything
    loaded = ImageFolder(str(result.out / "splits" / split), allow_empty=True)
    named = folder_of(plan)
    # A class keeps its number in each split, though no image of "none" is in any.
    assert loaded.classes == sorted(plan.folders.values())
    assert [note for note in plan.notes if "'none'" in note and "allow_empty" in note]
    loaded_images = [
        (named[loaded.classes[label]], content_id(Path(path).read_bytes()))
        for path, label in loaded.samples
    ]
    assert sorted(loaded_images) == sorted(in_split(plan, split))
    assert loaded[0][0].size[1] == 16


def test_torchvision_reads_the_export_itself_when_nothing_lies_beside_the_classes(
    images: Path, tmp_path: Path
) -> None:
    torchvision_compat.prepare()
    from torchvision.datasets import ImageFolder

    entries = [item.assignment for item in plan_of(images).items]
    plan = make_plan(entries, [Rejected("x.jpg", "no image")], CLASSES, ExportOptions())
    out = write(plan, images, tmp_path / "out", run_record()).out
    assert not [note for note in plan.notes if "ImageFolder" in note]
    loaded = ImageFolder(str(out))
    assert {folder_of(plan)[name] for name in loaded.classes} == set(CLASSES[:4])
    assert len(loaded) == len(NAMES)
