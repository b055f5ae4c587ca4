"""Writing a plan: everything into a hidden sibling of the destination, renamed when complete.

So a run that is killed leaves nothing that looks finished: either the export is there with its
manifest, or only a `.NAME.partial-…` folder is, which later runs name in a note.
"""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from core.errors import WinnowError
from core.export.destination import check_destination, partial_folders, partial_prefix
from core.export.jsonfile import plain
from core.export.plan import Plan, PlanItem, Rejected, check_relative
from core.export.record import (
    MANIFEST,
    METADATA,
    Outcome,
    RunRecord,
    write_manifest,
    write_metadata,
)
from core.export.report import REPORT, write_report
from core.export.transfer import SourceProblem, Transfer, can_link_within, destination_error

__all__ = ["ExportCancelled", "WriteResult", "check_destination", "write"]

_BATCH = 32
# Copying waits for the disk more than it computes; beyond this, threads only wait for each other.
_WORKERS = min(8, (os.cpu_count() or 1) * 2)
_POLL_SECONDS = 0.1

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class ExportCancelled(WinnowError):
    """The export was stopped on request; nothing was left behind."""


@dataclass(frozen=True)
class WriteResult:
    """What an export wrote.

    `written` counts image files in class folders and review/; `classes` and `review` split it up.
    `failed` are planned images that could not be written (path, reason); `rejected` counts those
    and the images the plan rejected already. `notes` are sentences for the user.
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


def write(
    plan: Plan,
    images: Path,
    out: Path,
    record: RunRecord,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> WriteResult:
    """Carry out a plan.

    Copies keep the modification time and are verified against the content id as they are made; in
    the link modes only the size is compared. An original that is gone, unreadable or changed since
    the plan goes to the list of rejected images. Originals are opened for reading only.

    Args:
        plan: from `make_plan`.
        images: the image folder the plan's paths are relative to.
        out: the export; must not exist or be an empty folder. Missing parents are made.
        record: how the assignments came about.
        progress: called from this thread with (files done, files in all).
        cancelled: asked from this thread several times a second; True stops the export.

    Raises:
        WinnowError: `check_destination` refuses, the destination fails (disk full, no hard links
            from there, permission lost), or no planned image could be written.
        ExportCancelled: `cancelled` returned True.
        In both cases nothing that this call made is left.
    """
    started = time.perf_counter()
    _check_plan(plan)
    # Fail on a record that has no JSON form now, not after an hour of copying.
    plain(asdict(record))
    check_destination(images, out, plan.bytes_needed)
    leftovers = partial_folders(out)
    ask = cancelled or (lambda: False)
    with _partial_folder(out) as folder:
        link_splits = plan.options.mode != "copy" or can_link_within(folder)
        _make_folders(plan, folder)
        transfer = Transfer(images, folder, out, plan.options.mode, link_splits)
        failed = _put_all(plan, transfer, progress or (lambda done, total: None), ask, out)
        outcome = _outcome(plan, failed, _notes(plan, leftovers, link_splits))
        _write_records(folder, outcome, record)
        _stop_if(ask(), out)
        _publish(folder, out)
    return WriteResult(
        written=len(outcome.items),
        failed=[(entry.path, entry.reason) for entry in failed],
        notes=outcome.notes,
        seconds=time.perf_counter() - started,
        out=out,
        classes=outcome.counts(),
        review=outcome.review(),
        rejected=len(outcome.rejected),
        manifest=out / MANIFEST,
    )


def _check_plan(plan: Plan) -> None:
    """A plan may come from elsewhere than `make_plan`; nothing may be read or written outside."""
    for item in plan.items:
        check_relative(item.assignment.path, "the image folder")
        check_relative(item.target, "the export")


@contextmanager
def _partial_folder(out: Path) -> Iterator[Path]:
    """A new folder beside `out`, removed with any parents made for it unless the body succeeds."""
    real = out.resolve()
    folder = real.parent / f"{partial_prefix(real)}{secrets.token_hex(4)}"
    parents: list[Path] = []
    try:
        for parent in reversed(real.parents):
            if not parent.exists():
                parent.mkdir()
                parents.append(parent)
        folder.mkdir()
        yield folder
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            raise WinnowError(
                f"Writing {out} was broken off and its unfinished folder {folder} could not be "
                "removed; delete that folder when the disk allows it."
            ) from error
        # A parent that is not empty is in use by somebody else now, and stays.
        with suppress(OSError):
            for parent in reversed(parents):
                parent.rmdir()
        if isinstance(error, OSError):
            raise destination_error(error, out) from error
        raise


def _make_folders(plan: Plan, folder: Path) -> None:
    needed = {item.target.rpartition("/")[0] for item in plan.items}
    needed |= {
        item.split_target.rpartition("/")[0] for item in plan.items if item.split_target is not None
    }
    for relative in sorted(needed):
        (folder / relative).mkdir(parents=True, exist_ok=True)


def _put_all(
    plan: Plan, transfer: Transfer, progress: Progress, cancelled: Cancelled, out: Path
) -> list[Rejected]:
    """Write all items with several threads; returns those that could not be, by path."""
    total, done = len(plan.items), 0
    failed: list[Rejected] = []
    stop = threading.Event()
    # Batches report through a queue: waiting on thousands of futures at once is quadratic.
    finished: SimpleQueue[Future[tuple[int, list[Rejected]]]] = SimpleQueue()
    progress(0, total)
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="export")
    try:
        for start in range(0, total, _BATCH):
            batch = plan.items[start : start + _BATCH]
            pool.submit(_put_batch, transfer, batch, stop).add_done_callback(finished.put)
        while done < total:
            _stop_if(cancelled(), out)
            try:
                count, problems = finished.get(timeout=_POLL_SECONDS).result()
            except Empty:
                continue
            done += count
            failed += problems
            progress(done, total)
    finally:
        # After an error, a cancel or Ctrl-C no thread may still write when the folder is removed.
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(failed, key=lambda entry: entry.path)


def _put_batch(
    transfer: Transfer, items: list[PlanItem], stop: threading.Event
) -> tuple[int, list[Rejected]]:
    problems: list[Rejected] = []
    for item in items:
        if stop.is_set():
            break
        try:
            transfer.put(item)
        except SourceProblem as problem:
            problems.append(Rejected(item.assignment.path, str(problem)))
    return len(items), problems


def _stop_if(cancelled: bool, out: Path) -> None:
    if cancelled:
        raise ExportCancelled(f"The export to {out} was cancelled and nothing was kept there.")


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


def _notes(plan: Plan, leftovers: list[Path], link_splits: bool) -> list[str]:
    notes = list(plan.notes)
    if plan.options.mode == "hardlink":
        notes.append(
            "The files are hard links: they share their content with the originals, so editing "
            "one in place changes the other."
        )
    if plan.options.mode == "symlink":
        notes.append("The files are symbolic links: they break when the originals move.")
    if plan.options.mode != "copy":
        notes.append("Linked files were checked by size only, not by content.")
    if plan.options.splits is not None and not link_splits:
        notes.append(
            "The file system has no hard links, so the files below splits/ are copies "
            "and take their space a second time."
        )
    notes += [
        f"An earlier run left the unfinished folder {folder}; delete it unless a run is still "
        "writing there."
        for folder in leftovers
    ]
    return notes


def _write_records(folder: Path, outcome: Outcome, record: RunRecord) -> None:
    _drop_empty_folders(folder, outcome)
    write_metadata(folder / METADATA, outcome)
    write_report(folder / REPORT, outcome, record)
    write_manifest(folder / MANIFEST, outcome, record)


def _drop_empty_folders(folder: Path, outcome: Outcome) -> None:
    """Remove folders all of whose images failed; loaders such as ImageFolder refuse empty ones."""
    if len(outcome.items) == len(outcome.plan.items):
        return
    for place, _, _ in os.walk(folder, topdown=False):
        if place != str(folder) and not any(Path(place).iterdir()):
            Path(place).rmdir()


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
