"""The one object that a page or a command holds: a question of a workspace, and its snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.project.collection import Collection
from core.project.head_file import head_in
from core.project.label_rows import LabelTable
from core.project.left_out import left_out
from core.project.memory import Memory
from core.project.pool import Pool
from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.project.voters import voters_in
from core.prompts.vocabulary import Vocabulary
from core.store import questions
from core.store.backups.keeper import Keeper
from core.store.labels.drawn import read_drawn
from core.store.labels.stores import open_labels
from core.store.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from core.encoders.base import Encoder


class Project:
    """A question of a workspace with an encoder. Safe to share between the sessions of one server.

    Attributes:
        key: of the workspace and question.
        collection: what it shares with the workspace's other questions.
        backups: keeps those of labels and vocabulary; says what went wrong with the last one.
        labels: what people said of images.
        vocabulary_file: the classes and prompts.
        tag_labels, tag_file: what people said of single tags, and the tags; the collection's.
        derived: the disk cache; the collection's.
    """

    def __init__(self, workspace: Workspace, collection: Collection | None = None) -> None:
        self.collection = collection or Collection(workspace)
        self.question = workspace.question
        self.key = workspace.key
        self.tag_file, self.tag_labels = self.collection.tag_file, self.collection.tag_labels
        self.derived = self.collection.derived
        if self.question:
            self.backups = Keeper(workspace.root, workspace.question)
            self.vocabulary_file = VocabularyFile(
                workspace.vocabulary, workspace.vocabulary_history, self.backups
            )
        else:  # one object, so that classes and tags of one file are read once
            self.backups, self.vocabulary_file = self.collection.backups, self.tag_file
        self.labels = open_labels(workspace, self.backups)
        self._memory = Memory()
        self._label_table = LabelTable()

    @classmethod
    def open(
        cls, images: Path, workspace: Path | None = None, question: str | None = None
    ) -> Project:
        """Open the project of an image folder, making its workspace when there is none.

        Args:
            question: name of one of its questions; by default the first.

        Raises:
            WinnowError: the folder or the workspace cannot be used, or there is no such question.
        """
        opened = open_workspace(images, workspace)
        return cls(opened.asking(questions.named(opened.root, question).slug))

    @property
    def workspace(self) -> Workspace:
        """Read anew each time: another process may have changed the active encoder."""
        return self.collection.workspace.asking(self.question)

    def use(self, encoder: Encoder) -> Project:
        """Hand the project the encoder that reads its prompts."""
        self.collection.loaded = encoder
        return self

    @property
    def encoder(self) -> Encoder:
        """The encoder in use; WinnowError when its vectors are not the active ones."""
        return self.collection.encoder

    def pool(self) -> Pool:
        """The images that can be worked with now."""
        return self.collection.pool()

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
        """See `Collection.captions`."""
        return self.collection.captions()

    def snapshot(self, classes: Vocabulary | None = None) -> Snapshot:
        """The collection with its labels and classes as they are now.

        Args:
            classes: to look at it under; by default those of the workspace.

        Raises:
            WinnowError: the vocabulary file is damaged and no classes are given.
        """
        classes = self.classes() if classes is None else classes
        workspace, pool = self.workspace, self.pool()
        words, voters = _words(workspace.words), voters_in(workspace.home)
        without = left_out(words, voters) if pool.many else ()
        return Snapshot(
            key=self.key,
            workspace=workspace,
            pool=pool,
            labels=self._label_table.rows(pool, self.labels.state()),
            classes=classes,
            derived=self.derived,
            memory=self._memory,
            shared=self.collection.memory,
            texts=self.collection.texts,
            refined=workspace.refining.exists(),
            words="" if pool.many else words,
            head=head_in(workspace.home),
            voters=() if pool.many else voters,
            without=without,
            loaded=self.collection.loaded,
            behind=self.collection.behind,
            drawn=read_drawn(workspace),
            read_captions=self.captions,
            read_others=lambda: self.collection.labels_beside(self.question),
            read_metadata=self.collection.metadata,
        )

    def file_of(self, image_id: str) -> Path | None:
        """A file that holds an image; None for an unknown id."""
        pool = self.pool()
        row = pool.rows.get(image_id)
        return None if row is None else self.workspace.file(pool.files[row][0].path)


def _words(file: Path) -> str:
    """The template of the columns that speak; "" where none does."""
    return file.read_text("utf-8", "replace").strip() if file.is_file() else ""
