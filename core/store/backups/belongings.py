"""What people said and decided beside the labels, and how each comes back from a backup.

What belongs to the labels comes back as it was, what settles how predictions are made with the
classes. What only ever grows comes back where it is gone, so that nothing later is lost. Files of
folders are never changed once they are written, so a backup holds them by links where it can.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from core.runtime import inputs
from core.runtime.files import write_atomic
from core.store.backups.listing import ABOUT, Backup
from core.store.workspace import Workspace

_WITH_LABELS = {
    "signatures.json": "signed folders",
    "drawn-at-random.json": "images imported as drawn at random",
    "words-dismissed.json": "disagreements of words and pictures that were let be",
}
_WITH_LABELS_OF_ALL = {"apart.json": "pictures called different"}
_SETTINGS = {
    "refined": "whether prompts are refined",
    "words.txt": "which columns speak",
    "head": "how labels are learned from",
    "voters.json": "which encoders vote",
    "folders.json": "which level of the paths names classes",
}
_LONGEST_ABOUT = 1_000_000


def of_labels(workspace: Workspace) -> dict[Path, str]:
    """Files that belong to the labels, to what they hold in plain words."""
    own = {workspace.home / name: what for name, what in _WITH_LABELS.items()}
    if workspace.question:  # what all questions share is kept with the first
        return own
    return own | {workspace.root / name: what for name, what in _WITH_LABELS_OF_ALL.items()}


def settings(workspace: Workspace) -> dict[Path, str]:
    """Files that settle how predictions are made, to what they hold in plain words."""
    return {workspace.home / name: what for name, what in _SETTINGS.items()}


def growing(workspace: Workspace) -> list[Path]:
    """Files that only grow."""
    own = [workspace.vocabulary_history, workspace.home / "ledger.jsonl"]
    shared = [workspace.captions, workspace.split_keys, workspace.root / "questions.json"]
    return own if workspace.question else [*own, *shared]


def files(workspace: Workspace) -> list[Path]:
    """All single files beside the labels, whether they are there or not."""
    return [
        workspace.vocabulary, *growing(workspace), *of_labels(workspace), *settings(workspace)
    ]  # fmt: skip


def folders(workspace: Workspace) -> list[Path]:
    """Folders of files that are never changed: what runs predicted, columns that people brought."""
    own = [workspace.home / "judged"]
    return own if workspace.question else [*own, workspace.root / "metadata"]


def digest(path: Path) -> str:
    """What tells two states of a file, or of a folder by names and sizes, apart."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    listing = "\n".join(f"{one.name}\t{one.stat().st_size}" for one in _within(path))
    return hashlib.blake2b(listing.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def copy_folder(source: Path, target: Path) -> None:
    """The files of a folder in another one, by links where the disk has them; OSError."""
    target.mkdir(exist_ok=True)
    for path in _within(source):
        if (target / path.name).exists():
            continue
        try:
            os.link(path, target / path.name)
        except OSError:
            shutil.copyfile(path, target / path.name)


def _within(folder: Path) -> list[Path]:
    """Whole files of a folder; those that are being written, and locks, begin with a dot."""
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def differing(workspace: Workspace, backup: Backup) -> tuple[str, ...]:
    """What differs from a backup of what comes back as it was, in plain words."""
    covered = _covered(backup)
    both = of_labels(workspace) | settings(workspace)
    return tuple(what for path, what in both.items() if _differs(path, backup, covered))


def bring(workspace: Workspace, backup: Backup, whole: bool, with_settings: bool) -> None:
    """Put back what lies beside the labels, but for the vocabulary file; OSError.

    Args:
        whole: also over what is there, or in place of nothing; else only what is gone.
        with_settings: those too.
    """
    covered = _covered(backup)
    for path in (*of_labels(workspace), *(settings(workspace) if with_settings else ())):
        if whole and _differs(path, backup, covered):
            _put(backup.folder / path.name, path)
        elif not whole:
            _bring_missing([path], backup)
    _bring_missing(growing(workspace), backup)
    for folder in folders(workspace):
        if (backup.folder / folder.name).is_dir():
            copy_folder(backup.folder / folder.name, folder)


def _bring_missing(paths: Iterable[Path], backup: Backup) -> None:
    for path in paths:
        source = backup.folder / path.name
        if source.is_file() and not path.exists():
            write_atomic(path, source.read_bytes())


def _put(source: Path, path: Path) -> None:
    if source.is_file():
        write_atomic(path, source.read_bytes())
    else:
        path.unlink(missing_ok=True)


def _differs(path: Path, backup: Backup, covered: frozenset[str]) -> bool:
    """Whether a file is not as in the backup; backups of before it was looked at say nothing."""
    source = backup.folder / path.name
    if not source.is_file():
        return path.name in covered and path.exists()
    return not path.exists() or digest(source) != digest(path)


def _covered(backup: Backup) -> frozenset[str]:
    """Names of the files that the backup would hold, had they been there."""
    try:
        names = inputs.load_json(backup.folder / ABOUT, _LONGEST_ABOUT).get("covers", [])
        return frozenset(name for name in names if isinstance(name, str))
    except (OSError, ValueError, TypeError, AttributeError):
        return frozenset()
