"""A workspace: the folder that holds everything Winnow knows about one image folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli_w

from core.images import archives
from core.images.names import as_text, located
from core.images.sources import places as sources
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of, storage_errors, write_atomic
from core.runtime.progress import Report
from core.store.places import data_folder, default_root, unpacked_root

FORMAT = 1
_FILE = "workspace.toml"
_UNLISTED = ".unlisted"  # keeps a workspace out of the list of recent ones
_ENCODER = "encoder.json"  # beside an encoder's vectors: what it is called
QUESTIONS = "questions"
"""Name of the folder in a workspace that holds all its questions but the first."""


@dataclass(frozen=True)
class EncoderRecord:
    """Which encoder made the active vectors."""

    spec: str
    identity: str
    dim: int


@dataclass(frozen=True)
class Workspace:
    """Where things are.

    Attributes:
        root: the folder of the workspace.
        images: the folder of the images.
        encoder: None until the first images are embedded.
        question: the short name of one of its questions (see `core.store.questions`), "" for the
            first. Classes, labels and runs are a question's own; all else is shared.
    """

    root: Path
    images: Path
    encoder: EncoderRecord | None = None
    question: str = ""

    @property
    def home(self) -> Path:
        """The folder of the question; for the first one the workspace's own."""
        return self.root / QUESTIONS / self.question if self.question else self.root

    @property
    def collection(self) -> Workspace:
        """The same workspace with its first question, which also keeps the tags."""
        return replace(self, question="")

    def asking(self, question: str) -> Workspace:
        """The same workspace with another question."""
        return replace(self, question=question)

    @property
    def catalog(self) -> Path:
        """One row an image file; see `core.store.catalog`."""
        return self.root / "catalog.parquet"

    @property
    def labels(self) -> Path:
        """What people said of images, with the first question of tags too: `core.store.labels`."""
        return self.home / "labels.sqlite"

    @property
    def vocabulary(self) -> Path:
        """The classes, beside the first question the tags too, as the user writes them."""
        return self.home / "vocabulary.yaml"

    @property
    def vocabulary_history(self) -> Path:
        """Every version of the vocabulary that was saved, a JSON object a line."""
        return self.home / "vocabulary-history.jsonl"

    @property
    def refining(self) -> Path:
        """There where the question's predictions start from refined prompts."""
        return self.home / "refined"

    @property
    def words(self) -> Path:
        """Which columns speak in the question's predictions, a template; none where it is not."""
        return self.home / "words.txt"

    @property
    def captions(self) -> Path:
        """Captions by image id; see `core.store.captions`."""
        return self.root / "captions.parquet"

    @property
    def apart(self) -> Path:
        """Images that people say are not the same picture; see `core.store.apart`."""
        return self.root / "apart.json"

    @property
    def split_keys(self) -> Path:
        """What decides the split of each image that was given one."""
        return self.root / "split-keys.parquet"

    @property
    def left_out(self) -> Path:
        """What the last scan passed over; see `core.store.left_out`."""
        return self.root / "left-out.json"

    @property
    def cache(self) -> Path:
        """What can be computed again, and so may be deleted."""
        return self.root / "cache"

    @property
    def runs(self) -> Path:
        """The record of each export."""
        return self.home / "runs"

    @property
    def key(self) -> str:
        """A short stable name of this workspace and question for addresses."""
        return hashlib.blake2b(os.fsencode(self.home), digest_size=6).hexdigest()

    def vectors(self, identity: str) -> Path:
        """Folder of the vectors of one encoder identity."""
        return self.root / "vectors" / identity

    def file(self, relative: str) -> Path:
        """The file of a catalog row; WinnowError when the row points out of the image folder."""
        if ".." in Path(relative).parts or Path(relative).is_absolute():
            raise WinnowError(
                f"The catalog of {self.root} names {relative}: delete catalog.parquet."
            )
        path = located(self.images, relative)
        roots.check(path)
        return path

    def with_encoder(self, encoder: EncoderRecord) -> Workspace:
        """The same workspace with ``encoder`` active, saved; the one before is remembered."""
        for record in filter(None, (self.encoder, encoder)):
            content = {"spec": record.spec, "dim": record.dim}
            write_atomic(self.vectors(record.identity) / _ENCODER, json.dumps(content).encode())
        changed = replace(self, encoder=encoder)
        changed.save()
        return changed

    def encoders(self) -> list[EncoderRecord]:
        """All encoders with vectors here, the active one first, the others by name."""
        records = [self.encoder] if self.encoder else []
        for path in sorted(self.root.glob(f"vectors/*/{_ENCODER}")):
            try:
                content = inputs.load_json(path)
                record = EncoderRecord(str(content["spec"]), path.parent.name, int(content["dim"]))
            except (OSError, ValueError, KeyError, TypeError):
                continue  # damaged: written anew when that encoder is used again
            listed = {encoder.identity for encoder in records}
            if record.identity not in listed and (path.parent / "meta.json").exists():
                records.append(record)
        return records

    def save(self) -> None:
        """Write ``workspace.toml``."""
        content: dict[str, object] = {"format": FORMAT, "images": as_text(str(self.images))}
        if content["images"] != str(self.images):  # it is no text, but bytes
            content["images_bytes"] = os.fsencode(self.images).hex()
        if self.encoder:
            content["encoder"] = asdict(self.encoder)
        # TOML has DEL as an escape only, which the writer does not know.
        text = tomli_w.dumps(content).replace("\x7f", "\\u007f")
        write_atomic(self.root / _FILE, text.encode())


def root_of(images: Path) -> Path:
    """The workspace folder of an image folder: its default one, or one that came along with it."""
    default = default_root(images)
    moved = (workspace.root for workspace in every_workspace() if workspace.images == images)
    return default if is_workspace(default) else next(moved, default)


@lru_cache(maxsize=256)
def _content_of(path: Path, mark: tuple[int, ...]) -> tuple[int, Path, EncoderRecord | None]:
    """Format, image folder and encoder in a file with this ``mark_of``: pages ask all the time."""
    content = inputs.load_toml(path)
    encoder = _record_of(content["encoder"]) if content.get("encoder") else None
    return int(content["format"]), _images_of(content), encoder


def _record_of(entry: Mapping[str, Any]) -> EncoderRecord:
    return EncoderRecord(entry["spec"], entry["identity"], int(entry["dim"]))


def _images_of(content: Mapping[str, Any]) -> Path:
    if "images_bytes" in content:
        return Path(os.fsdecode(bytes.fromhex(content["images_bytes"])))
    return Path(content["images"])


def is_workspace(folder: Path) -> bool:
    """Whether ``folder`` holds a workspace."""
    return (folder / _FILE).is_file()


def load(root: Path, question: str = "") -> Workspace:
    """Read an existing workspace.

    Args:
        question: the short name of one of its questions, "" for the first.

    Raises:
        WinnowError: there is none, it is damaged, or a newer Winnow wrote it.
    """
    path = root / _FILE
    try:
        version, images, encoder = _content_of(path, mark_of(path))
    except FileNotFoundError:
        raise WinnowError(f"There is no workspace in {root}: name an image folder first.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WinnowError(
            f"{path} cannot be read ({error}): repair it by hand or choose another folder "
            "with --workspace."
        ) from error
    if version > FORMAT:
        raise WinnowError(
            f"The workspace {root} was written by a newer Winnow (format {version}): update Winnow."
        )
    for folder in (root, images):
        roots.check(folder)
    workspace = Workspace(root, images, encoder, question)
    for file in (workspace.catalog, workspace.labels, workspace.captions, workspace.vocabulary):
        inputs.check_kind(file)
    return workspace


def open_workspace(images: Path, root: Path | None = None, save: bool = True) -> Workspace:
    """Open the workspace of an image folder, making it when there is none.

    Args:
        images: the image folder, or an archive (see ``check_images``).
        root: the workspace folder; by default one in the user's data folder.
        save: False writes nothing: a workspace that is not there yet is described as it would be.

    Raises:
        WinnowError: the image folder is missing, or the workspace belongs to another one.
    """
    images = check_images(images)
    root = Path(root).expanduser().resolve() if root else root_of(images)
    roots.check(root)
    if not is_workspace(root):
        if root.is_file():
            raise WinnowError(f"{root} is a file: name a folder for the workspace.")
        if root.is_dir() and any(root.iterdir()):
            raise WinnowError(
                f"{root} is neither empty nor a workspace: name another folder for the workspace."
            )
        workspace = Workspace(root, images)
        if save:
            with storage_errors(root):
                root.mkdir(parents=True, exist_ok=True)
            workspace.save()
        return workspace
    workspace = load(root)
    if save:
        unlist(root, listed=True)
    if workspace.images == images:
        return workspace
    if workspace.images.exists():
        raise WinnowError(
            f"The workspace {root} belongs to {workspace.images}, not to {images}: "
            "name another workspace."
        )
    workspace = replace(workspace, images=images)  # the folder was moved: ids are contents
    if save:
        workspace.save()
    return workspace


def check_images(
    images: Path,
    report: Report | None = None,
    step: str = archives.STEP,
    encoding: str | None = None,
) -> Path:
    """The image folder as an absolute path.

    An archive stands for the folder in the user's data folder into which it is unpacked, which is
    done here unless that holds it already; ``report``, ``step`` and ``encoding`` (of its names) as
    for `core.images.archives.unpack`.

    Raises:
        WinnowError: there is no such folder, or the archive cannot be used.
        Cancelled: asked to stop; nothing of the archive stays behind.
    """
    images = sources.local(Path(images)).expanduser().resolve()
    roots.check(images)
    if not images.exists():
        raise WinnowError(f"The folder {images} does not exist: check its name.")
    if images.is_dir():
        return images
    if not archives.is_archive(images):
        raise WinnowError(
            f"{images} is a file: name the folder that holds the images, or a ZIP or TAR archive."
        )
    root = unpacked_root(images)
    folder = archives.unpack(images, root, report, step=step, encoding=encoding).folder
    roots.grant(folder)
    return folder


def point_to(workspace: Workspace, images: Path) -> Workspace:
    """The same workspace for images that were moved to another folder, saved."""
    changed = replace(workspace, images=images)
    changed.save()
    return changed


def unlist(root: Path, listed: bool = False) -> None:
    """Leave a workspace out of `known_workspaces`, or list it again; nothing of it is touched."""
    mark = root / _UNLISTED
    with storage_errors(root):
        mark.unlink(missing_ok=True) if listed else mark.touch()


def known_workspaces() -> list[Workspace]:
    """`every_workspace` without those that somebody took out of the list."""
    return [each for each in every_workspace() if not (each.root / _UNLISTED).exists()]


def every_workspace() -> list[Workspace]:
    """Workspaces in the user's data folder, most recently used first; damaged ones left out."""
    by_use: list[tuple[float, Workspace]] = []
    for path in data_folder().glob(f"*/{_FILE}"):
        with suppress(WinnowError, OSError):
            used = max(p.stat().st_mtime for p in path.parent.iterdir())
            by_use.append((used, load(path.parent)))
    return [workspace for _, workspace in sorted(by_use, key=lambda pair: -pair[0])]
