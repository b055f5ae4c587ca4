"""Writing a plan: everything into a hidden sibling of the destination, renamed when complete.

So a run that is killed leaves nothing that looks finished: either the export is there with its
manifest, or only a `.NAME.partial-…` folder is, in which the next run of the same plan goes on. A
run that fails or is cancelled takes its unfinished folder away itself.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from core.export.destination import check_destination
from core.export.documents import write_documents
from core.export.elsewhere import sending
from core.export.elsewhere.fetching import Fetching, check_mode
from core.export.files import CHANGED, SourceProblem, content_of
from core.export.formats import formats_of, has_tree, layout_of
from core.export.layout import Layout
from core.export.options import ExportOptions
from core.export.partial import Partial, partial_folder
from core.export.plan import Plan, PlanItem, Rejected, check_relative
from core.export.record.jsonfile import plain
from core.export.record.run import MANIFEST, Outcome, RunRecord
from core.export.steps import Steps
from core.export.transfer import Transfer
from core.images.decode import decode, read_image_file
from core.images.sources.address import is_address
from core.images.sources.places import is_elsewhere
from core.images.unreadable import UnreadableImage
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

_BATCH = 32
# Copying waits for the disk more than it computes; beyond this, threads only wait for each other.
_WORKERS = min(8, (os.cpu_count() or 1) * 2)
_POLL_SECONDS = 0.1

_LINKED = {
    "hardlink": "The files are hard links: they share their content with the originals, so editing "
    "one in place changes the other.",
    "symlink": "The files are symbolic links: they break when the originals move.",
}


@dataclass(frozen=True)
class WriteResult:
    """What an export wrote.

    `written` counts image files in class folders and review/; `classes` and `review` split it up.
    `failed` are planned images that could not be written (path, reason); `rejected` counts those
    and the images the plan rejected already. `notes` are sentences for the user. `resumed` tells
    that the run went on where an interrupted one of the same plan had stopped.
    """

    written: int
    failed: list[tuple[str, str]]
    notes: list[str]
    seconds: float
    out: Path
    classes: dict[str, int]
    review: int
    rejected: int
    manifest: Path
    resumed: bool = False


def write(
    plan: Plan,
    images: Path,
    out: Path,
    record: RunRecord,
    report: Report | None = None,
) -> WriteResult:
    """Carry out a plan.

    Copies keep the modification time and are verified against the content id as they are made; in
    the link modes only the size is compared, unless the options ask for more. An original that is
    gone, unreadable or changed since the plan goes to the list of rejected images. Originals are
    opened for reading only.

    Args:
        plan: from `make_plan`.
        images: the image folder the plan's paths are relative to.
        out: the export; must not exist or be an empty folder. Missing parents are made. It may be
            the address of a bucket; the result's folder then holds no more than the records.
        record: how the assignments came about.
        report: told the steps done and in all from this thread, several times a second.

    Raises:
        WinnowError: `check_destination` refuses, another run is writing there, the destination
            fails (disk full, no hard links from there, permission lost), or no planned image could
            be written.
        Cancelled: the report was asked to stop.
        In all cases nothing that this call made is left.
    """
    check_mode(images, plan.options.mode)
    if is_address(out):
        there = out
        return sending.sent(
            there, lambda here: write(plan, images, here, record, report), report or Report()
        )
    started = time.perf_counter()
    _check_plan(plan)
    # Fail on a record that has no JSON form now, not after an hour of copying.
    plain(asdict(record))
    check_destination(images, out, plan.bytes_needed)
    steps = Steps(report or Report(), len(plan.items) * _passes(plan.options))
    with partial_folder(out, plan.digest()) as partial:
        folder, layout = partial.folder, layout_of(plan)
        _start(partial, layout, plan)
        reads = plan.options.verify or _holds_images(plan.options)
        kind = Fetching if is_elsewhere(images) else Transfer
        transfer = kind(images, folder, out, plan.options.mode, reads, partial.resumed)
        failed = _each(plan.items, steps, lambda item: transfer.put(item, layout.places(item)))
        notes = _notes(plan, partial, transfer.links_within)
        outcome = _outcome(plan, failed, notes)
        if failed:
            layout.drop_empty_folders(outcome.items, folder)
        if _reads_back(plan.options):
            _verify(outcome, folder, layout, steps)
        write_documents(folder, images, outcome, record, layout, steps.step)
        steps.check()
        _publish(folder, out)
    return WriteResult(
        written=len(outcome.items),
        failed=[(entry.path, entry.reason) for entry in failed],
        notes=outcome.notes,
        seconds=time.perf_counter() - started,
        out=out,
        classes=outcome.counts,
        review=outcome.review,
        rejected=len(outcome.rejected),
        manifest=out / MANIFEST,
        resumed=partial.resumed,
    )


def _check_plan(plan: Plan) -> None:
    """A plan may come from elsewhere than `make_plan`; nothing may be read or written outside."""
    check_relative([item.assignment.path for item in plan.items], "the image folder")
    check_relative([item.target for item in plan.items], "the export")


def _holds_images(options: ExportOptions) -> bool:
    return any(part.holds_images for part in formats_of(options))


def _reads_back(options: ExportOptions) -> bool:
    """Whether the copies are read again from the disk at the end."""
    return options.verify and options.mode == "copy" and has_tree(options)


def _passes(options: ExportOptions) -> int:
    """How often each image is handled."""
    holding = sum(part.holds_images for part in formats_of(options))
    return 1 + holding + _reads_back(options)


def _start(partial: Partial, layout: Layout, plan: Plan) -> None:
    """Make the folders; what an interrupted run left beside the image files is made anew."""
    beside = {
        name for part in formats_of(plan.options) if part.tree is None for name in part.own_names
    }
    for entry in partial.folder.iterdir():
        if entry.is_file() or entry.is_symlink():
            entry.unlink()
        elif entry.name in beside:
            shutil.rmtree(entry)
    layout.make_folders(plan.items, partial.folder)


def _each(
    items: Sequence[PlanItem], steps: Steps, work: Callable[[PlanItem], None]
) -> list[Rejected]:
    """Do something with all items in several threads; returns those whose original failed."""
    done = 0
    failed: list[Rejected] = []
    stop = threading.Event()
    # Batches report through a queue: waiting on thousands of futures at once is quadratic.
    finished: SimpleQueue[Future[tuple[int, list[Rejected]]]] = SimpleQueue()
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="export")
    try:
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            pool.submit(_batch, work, batch, stop).add_done_callback(finished.put)
        steps.check()
        while done < len(items):
            try:
                count, problems = finished.get(timeout=_POLL_SECONDS).result()
            except Empty:
                steps.check()
                continue
            done += count
            failed += problems
            steps.step(count)
    finally:
        # After an error, a cancel or Ctrl-C no thread may still write when the folder is removed.
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(failed, key=lambda entry: entry.path)


def _batch(
    work: Callable[[PlanItem], None], items: Sequence[PlanItem], stop: threading.Event
) -> tuple[int, list[Rejected]]:
    problems: list[Rejected] = []
    for item in items:
        if stop.is_set():
            break
        try:
            work(item)
        except SourceProblem as problem:
            problems.append(Rejected(item.assignment.path, str(problem)))
    return len(items), problems


def _verify(outcome: Outcome, folder: Path, layout: Layout, steps: Steps) -> None:
    """Read every copy back from the disk.

    Raises:
        WinnowError: a copy is not what was written.
    """
    if hasattr(os, "sync"):
        os.sync()  # what is still in memory only cannot be read back from the disk

    def check(item: PlanItem) -> None:
        place = layout.file(item)
        if item.convert is not None:
            _check_converted(f"{folder}/{place}", item)
        elif place and content_of(f"{folder}/{place}", from_disk=True) != item.assignment.id:
            raise SourceProblem(CHANGED)

    wrong = _each(outcome.items, steps, check)
    if wrong:
        raise WinnowError(
            f"{len(wrong)} copies differ from their originals, the first that of "
            f"{wrong[0].path!r}; the disk may be failing, so check it or choose another place."
        )


def _check_converted(path: str, item: PlanItem) -> None:
    """A converted image is what converting the original once more gives: at least a picture."""
    try:
        decode(read_image_file(Path(path)), item.target)
    except UnreadableImage as error:
        raise SourceProblem(error.reason) from error


def _outcome(plan: Plan, failed: list[Rejected], notes: list[str]) -> Outcome:
    """What was written and what was not.

    Raises:
        WinnowError: there was something to write and none of it could be.
    """
    if failed and len(failed) == len(plan.items):
        raise WinnowError(
            f"None of the {len(failed)} images could be written, the first being "
            f"{failed[0].path!r} ({failed[0].reason}); scan the image folder again."
        )
    lost = {entry.path for entry in failed}
    return Outcome(
        plan=plan,
        items=[item for item in plan.items if item.assignment.path not in lost],
        rejected=sorted([*plan.rejected, *failed], key=lambda entry: entry.path),
        notes=notes,
    )


def _notes(plan: Plan, partial: Partial, links_within: bool) -> list[str]:
    notes = list(plan.notes)
    if partial.resumed:
        notes.append("An interrupted run of the same plan was continued.")
    if has_tree(plan.options) and plan.options.mode != "copy":
        notes.append(_LINKED[plan.options.mode])
        if not plan.options.verify and not _holds_images(plan.options):
            notes.append("Linked files were checked by size only, not by content.")
    trees = sum(part.tree is not None for part in formats_of(plan.options))
    repeated = plan.options.splits is not None or trees > 1
    if repeated and not links_within:
        notes.append(
            "The file system has no hard links, so the files below splits/ and in further formats "
            "are copies and take their space again."
        )
    notes += [
        f"An earlier run of another plan left the unfinished folder {folder}; nothing is writing "
        "there any more, so delete it."
        for folder in partial.others
    ]
    return notes


def _publish(folder: Path, out: Path) -> None:
    """Move the finished export into place in one step."""
    real = out.resolve()
    try:
        if real.exists():
            shutil.copymode(real, folder)
            # Only POSIX replaces an empty folder by a rename.
            if os.name == "nt":
                real.rmdir()
        folder.rename(real)
    except OSError as error:
        if real.exists() and any(real.iterdir()):
            raise WinnowError(
                f"{out} was filled by something else while the export was written; "
                "name another folder and run again."
            ) from error
        raise
