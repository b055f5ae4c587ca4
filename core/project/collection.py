"""What the questions of one workspace share while they are open: images, encoder, results, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.project.derived import Derived
from core.project.label_rows import LabelRows, LabelTable
from core.project.memory import Memory
from core.project.pool import Pool, file_mark, load_pool, pool_version
from core.project.snapshot import fitting_encoder
from core.project.vocabulary_file import VocabularyFile
from core.prompts import zeroshot
from core.store.backups.keeper import Keeper
from core.store.captions import load_captions
from core.store.labels.answers import Labels
from core.store.labels.stores import open_labels, open_tags
from core.store.metadata.table import MetadataTable
from core.store.metadata.versions import index_file, load_metadata
from core.store.questions import columns_of, questions_of
from core.store.workspace import Workspace, load

if TYPE_CHECKING:
    from core.encoders.base import Encoder


class Collection:
    """The images of a workspace with an encoder. Safe to share between questions and sessions.

    Attributes:
        root: the folder of the workspace.
        backups: keeps those of the first question, which hold the tags too.
        tag_file: the vocabulary file with the tags; it is the first question's.
        tag_labels: what people said of single tags.
        derived: the disk cache.
        memory: results that follow from no question.
        texts: embeddings of texts.
        loaded: the encoder that reads texts, once there is one.
        behind: see `Snapshot`.
    """

    def __init__(self, workspace: Workspace) -> None:
        first = workspace.collection
        self.root = first.root
        self.backups = Keeper(first.root)
        self.tag_file = VocabularyFile(first.vocabulary, first.vocabulary_history, self.backups)
        self.tag_labels = open_tags(first, self.backups)
        self.derived = Derived(first.cache)
        self.memory = Memory()
        self.texts = zeroshot.TextCache()
        self.loaded: Encoder | None = None
        self.behind = False
        self._pool: Pool | None = None
        self._answers: dict[str, tuple[Labels, LabelTable]] = {}

    @property
    def workspace(self) -> Workspace:
        """Read anew each time: another process may have changed the active encoder."""
        return load(self.root)

    @property
    def encoder(self) -> Encoder:
        """The encoder in use; WinnowError when its vectors are not the active ones."""
        return fitting_encoder(self.loaded, self.workspace)

    def pool(self) -> Pool:
        """The images that can be worked with now."""
        workspace, memory = self.workspace, self.memory

        def read() -> Pool:
            self._pool = load_pool(workspace, self._pool)
            return self._pool

        return memory.remember("pool", pool_version(workspace), read, keep=1)

    def labels_beside(self, question: str) -> dict[str, LabelRows]:
        """Column → what people said in each other question, by row of the pool.

        Args:
            question: short name of the one that asks, which is left out.

        Raises:
            WinnowError: the list of questions, or the labels of one, cannot be read.
        """
        pool, workspace = self.pool(), self.workspace
        result: dict[str, LabelRows] = {}
        listed = questions_of(self.root)
        columns = columns_of(listed)
        for other in listed:
            if other.slug == question:
                continue
            if other.slug not in self._answers:
                store = open_labels(workspace.asking(other.slug))
                self._answers[other.slug] = (store, LabelTable())
            store, table = self._answers[other.slug]
            result[columns[other.slug]] = table.rows(pool, store.state())
        return result

    def captions(self) -> Mapping[str, tuple[str, ...]]:
        """Image id → captions that people brought; empty when there are none.

        Raises:
            WinnowError: the file that keeps them is damaged.
        """
        path = self.workspace.captions
        return self.memory.remember(
            "captions", file_mark(path), lambda: load_captions(path), keep=1
        )

    def metadata(self) -> MetadataTable:
        """Columns that people brought, by image id; empty when there are none.

        Raises:
            WinnowError: the files that keep them are damaged.
        """
        mark = file_mark(index_file(self.root))
        return self.memory.remember("metadata", mark, lambda: load_metadata(self.root), keep=1)
