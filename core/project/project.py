"""The one object that a page or a command holds: a workspace with an encoder, and its snapshots."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.project.derived import Derived
from core.project.label_rows import LabelTable
from core.project.memory import LAST, Memory
from core.project.pool import Pool, file_mark, load_pool, pool_version
from core.project.snapshot import Snapshot, fitting_encoder
from core.project.vocabulary_file import VocabularyFile
from core.prompts import zeroshot
from core.prompts.vocabulary import Vocabulary
from core.store.backups.keeper import Keeper
from core.store.captions import load_captions
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore
from core.store.workspace import Workspace, load, open_workspace

if TYPE_CHECKING:
    from core.encoders.base import Encoder


T = TypeVar("T")


class Project:
    """A workspace with an encoder. Safe to share between the sessions of one server.

    Attributes:
        key: of the workspace.
        backups: keeps those of labels and vocabulary; says what went wrong with the last one.
        labels, tag_labels: what people said of images, and of single tags.
        vocabulary_file: the classes, prompts and tags.
        derived: the disk cache.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root
        self.key = workspace.key
        self.backups = Keeper(workspace.root)
        self.labels = LabelStore(workspace.labels, self.backups)
        self.tag_labels = TagLabelStore(workspace.labels, self.backups)
        self.vocabulary_file = VocabularyFile(
            workspace.vocabulary, workspace.vocabulary_history, self.backups
        )
        self.derived = Derived(workspace.cache)
        self._encoder: Encoder | None = None
        self._texts = zeroshot.TextCache()
        self._memory = Memory()
        self._label_table = LabelTable()

    @classmethod
    def open(cls, images: Path, workspace: Path | None = None) -> Project:
        """Open the project of an image folder, making its workspace when there is none.

        Raises:
            WinnowError: the folder or the workspace cannot be used.
        """
        return cls(open_workspace(images, workspace))

    @property
    def workspace(self) -> Workspace:
        """Read anew each time: another process may have changed the active encoder."""
        return load(self._root)

    def use(self, encoder: Encoder) -> Project:
        """Hand the project the encoder that reads its prompts."""
        self._encoder = encoder
        return self

    @property
    def encoder(self) -> Encoder:
        """The encoder in use; WinnowError when its vectors are not the active ones."""
        return fitting_encoder(self._encoder, self.workspace)

    def pool(self) -> Pool:
        """The images that can be worked with now."""
        workspace = self.workspace
        return self.remember("pool", pool_version(workspace), lambda: load_pool(workspace), keep=1)

    def classes(self) -> Vocabulary:
        """The classes with their prompts, perhaps none yet.

        Raises:
            WinnowError: the vocabulary file is damaged.
        """
        return self.vocabulary_file.classes()

    def vocabulary(self) -> Vocabulary:
        """The same as ``classes``: what scripts called it before."""
        return self.classes()

    def save_vocabulary(self, classes: Vocabulary) -> None:
        """See `VocabularyFile.save_classes`."""
        self.vocabulary_file.save_classes(classes)

    def update_classes(self, change: Callable[[Vocabulary], Vocabulary]) -> Vocabulary:
        """See `VocabularyFile.update_classes`."""
        return self.vocabulary_file.update_classes(change)

    def captions(self) -> Mapping[str, tuple[str, ...]]:
        """Image id → captions that people brought; empty when there are none.

        Raises:
            WinnowError: the file that keeps them is damaged.
        """
        path = self.workspace.captions
        return self.remember("captions", file_mark(path), lambda: load_captions(path), keep=1)

    def snapshot(self, classes: Vocabulary | None = None) -> Snapshot:
        """The collection with its labels and classes as they are now.

        Args:
            classes: to look at it under; by default those of the workspace.

        Raises:
            WinnowError: the vocabulary file is damaged and no classes are given.
        """
        classes = self.classes() if classes is None else classes
        workspace, pool = self.workspace, self.pool()
        return Snapshot(
            key=self.key,
            workspace=workspace,
            pool=pool,
            labels=self._label_table.rows(pool, self.labels.state()),
            classes=classes,
            derived=self.derived,
            memory=self._memory,
            texts=self._texts,
            loaded=self._encoder,
            read_captions=self.captions,
        )

    def file_of(self, image_id: str) -> Path | None:
        """A file that holds an image; None for an unknown id."""
        pool = self.pool()
        row = pool.rows.get(image_id)
        return None if row is None else self.workspace.file(pool.files[row][0].path)

    def remember(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = LAST) -> T:
        """See `core.project.memory.Memory.remember`."""
        return self._memory.remember(kind, key, make, keep)
