"""What every export format must do; a new one is tried here without a line being added."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from export.export_builders import (
    Watched,
    assign,
    make_jpegs,
    planned,
    run_record,
    stopping_after,
    tree,
)

from core.export import formats
from core.export.documents import write_documents
from core.export.formats import FORMATS, layout_of
from core.export.formats.base import ExportFormat, Job
from core.export.names import RESERVED, safe_file_name
from core.export.options import MODES, ExportOptions
from core.export.plan import Plan, PlanItem, Rejected
from core.export.planning import class_folders, make_plan
from core.export.record.run import Outcome
from core.export.write import write
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled

README = Path(__file__).parents[3] / "README.md"
SHARES = (0.5, 0.25, 0.25)
CLASSES = ["cat", 'n/a <"&>', "CON", "no image"]
NAMES = [f"{folder}/{name}" for folder in ("a", "b.c") for name in
         (*(f"{n}.jpg" for n in range(9)), "ü.x é.JPG", "no suffix", "two\nlines.jpg")]  # fmt: skip

every_format = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    make_jpegs(root, NAMES)
    return root


def plan_of(root: Path, form: ExportFormat, mode: str = "copy") -> Plan:
    entries = [
        assign(root, name, CLASSES[index % 3], probability=0.2 if index % 7 == 6 else 0.9)
        for index, name in enumerate(NAMES)
    ]
    options = ExportOptions(mode=mode, splits=SHARES, review_below=0.5, formats=(form.name,))  # type: ignore[arg-type]
    return make_plan(entries, [Rejected("bad.jpg", "no image")], CLASSES, options)


def contents(root: Path) -> dict[str, bytes]:
    return {name: content for name, (content, *_) in tree(root).items()}


def test_every_module_but_the_contract_is_a_format() -> None:
    names = {info.name for info in pkgutil.iter_modules(formats.__path__)} - {"base"}
    modules = [import_module(f"{formats.__name__}.{name}") for name in names]
    assert {id(module.FORMAT) for module in modules} == {id(form) for form in FORMATS.values()}
    assert len({form.order for form in FORMATS.values()}) == len(FORMATS)
    assert list(FORMATS.values()) == sorted(FORMATS.values(), key=lambda form: form.order)


@every_format
def test_it_says_what_it_is(form: ExportFormat) -> None:
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", form.name)
    assert form.title.strip() == form.title != ""
    assert f"`{form.name}`" in README.read_text("utf-8"), "the README lists every format"
    module = next(
        module
        for module in (
            import_module(f"{formats.__name__}.{info.name}")
            for info in pkgutil.iter_modules(formats.__path__)
        )
        if getattr(module, "FORMAT", None) is form
    )
    assert module.__doc__ and module.__doc__.endswith((".", ".\n"))


@every_format
@pytest.mark.parametrize("mode", MODES)
def test_equal_plans_give_equal_bytes(images: Path, form: ExportFormat, mode: str) -> None:
    before = tree(images)
    plan = plan_of(images, form, mode)
    one = write(plan, images, images.parent / "one", run_record())
    two = write(plan, images, images.parent / "two", run_record())
    assert contents(one.out) == contents(two.out)
    assert one.failed == [] and one.written == len(NAMES)
    assert tree(images) == before


@every_format
def test_its_names_are_safe_and_its_own(images: Path, form: ExportFormat) -> None:
    plan = plan_of(images, form)
    out = write(plan, images, images.parent / "out", run_record()).out
    places = [path.relative_to(out) for path in out.rglob("*")]
    assert all(safe_file_name(part) == part for place in places for part in place.parts)
    assert not [place for place in places if place.name.startswith(".")]
    other = {place.parts[0] for place in places} - form.own_names - RESERVED
    assert other <= (set(plan.folders.values()) if form.tree is not None else set())
    assert form.own_names <= {place.parts[0] for place in places}
    listed = {place for item in plan.items for place in layout_of(plan).places(item)}
    assert listed <= {place.as_posix() for place in places}
    assert (form.tree is None) == (not listed)


@every_format
def test_no_class_folder_takes_its_name(form: ExportFormat) -> None:
    names = [*form.own_names, *(name.upper() for name in form.own_names)]
    assert not {folder.lower() for folder in class_folders(names).values()} & form.own_names


@every_format
def test_it_refuses_in_one_sentence_or_not_at_all(form: ExportFormat) -> None:
    accepted = 0
    for mode in MODES:
        for splits in (None, (1.0, 0.0, 0.0), (0.0, 0.5, 0.5), SHARES):
            options = ExportOptions(mode=mode, splits=splits, formats=(form.name,))
            try:
                make_plan([planned("1.jpg", "cat")], [], ["cat"], options)
                accepted += 1
            except WinnowError as error:
                assert f"format {form.name} " in str(error)
                assert str(error).endswith(".") and "\n" not in str(error)
    assert accepted


@every_format
def test_it_counts_every_image_and_goes_when_cancelled(images: Path, form: ExportFormat) -> None:
    plan = plan_of(images, form)
    steps: list[tuple[int, int]] = []
    report = Watched(lambda done, total: steps.append((done, total)))
    write(plan, images, images.parent / "out", run_record(), report)
    total = len(plan.items) * (2 if form.holds_images else 1)
    assert steps[0] == (0, total) and steps[-1] == (total, total)
    for last in range(len(steps)):
        with pytest.raises(Cancelled):
            write(plan, images, images.parent / "gone", run_record(), stopping_after(last))
        assert sorted(path.name for path in images.parent.iterdir()) == ["images", "out"]


@every_format
def test_nothing_of_an_interrupted_run_stays_in_it(images: Path, form: ExportFormat) -> None:
    plan = plan_of(images, form)
    fresh = write(plan, images, images.parent / "fresh", run_record()).out
    partial = images.parent / f".out.partial-{plan.digest()}"
    for name in form.own_names if form.tree is None else ():
        if (fresh / name).is_dir():
            (partial / name).mkdir(parents=True)
            (partial / name / "stale").touch()
        else:
            partial.mkdir(exist_ok=True)
            (partial / name).touch()
    out = write(plan, images, images.parent / "out", run_record()).out
    assert {path.relative_to(out) for path in out.rglob("*")} == {
        path.relative_to(fresh) for path in fresh.rglob("*")
    }


@every_format
def test_it_reads_images_only_where_it_says_so(images: Path, form: ExportFormat) -> None:
    plan = plan_of(images, form)
    folder = images.parent / "work"
    layout = layout_of(plan)
    layout.make_folders(plan.items, folder)
    folder.mkdir(exist_ok=True)
    read: list[PlanItem] = []
    stepped: list[None] = []

    def content(item: PlanItem) -> bytes:
        read.append(item)
        return (images / item.assignment.path).read_bytes()

    outcome = Outcome(plan, plan.items, plan.rejected, [])
    form.write(Job(folder, outcome, layout, content, lambda: stepped.append(None)))
    assert bool(read) == form.holds_images
    assert len(stepped) == (len(plan.items) if form.holds_images else 0)


@every_format
def test_an_empty_export_is_one_too(tmp_path: Path, form: ExportFormat) -> None:
    (tmp_path / "images").mkdir()
    options = ExportOptions(splits=SHARES, formats=(form.name,))
    plan = make_plan([], [Rejected("bad.jpg", "no image")], CLASSES, options)
    folder = tmp_path / "out"
    folder.mkdir()
    outcome = Outcome(plan, [], plan.rejected, [])
    write_documents(
        folder, tmp_path / "images", outcome, run_record(), layout_of(plan), lambda: None
    )
    assert (folder / "manifest.json").is_file()
    assert write(plan, tmp_path / "images", tmp_path / "whole", run_record()).written == 0
