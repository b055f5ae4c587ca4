"""The collection of `format_builders` on disk, and an export of it in every format."""

from pathlib import Path

import pytest
from export.export_builders import make_jpegs, run_record
from export.format_builders import NAMES, SHARES, plan_of

from core.export.formats import FORMATS
from core.export.plan import Plan
from core.export.write import WriteResult, write


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image folder of `format_builders.plan_of`; not to be changed."""
    root = tmp_path_factory.mktemp("formats") / "images"
    make_jpegs(root, NAMES)
    return root


@pytest.fixture(scope="session")
def everything(images: Path) -> tuple[Plan, WriteResult]:
    """The plan and what was written, all formats at once, with splits; not to be changed."""
    plan = plan_of(images, splits=SHARES, formats=tuple(FORMATS))
    return plan, write(plan, images, images.parent / "all", run_record())
