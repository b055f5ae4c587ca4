"""The collection with its labels and classes at one moment: what services work on.

A page or a command takes one snapshot a request and hands it to services instead of the project, so
all that it shows is of the same moment, and what was found once is not found again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.encoders.base import unit_rows
from core.learn.asking.audit import order, prefix
from core.learn.heads.names import PLAIN
from core.learn.tree.class_tree import ClassTree
from core.project.derived import Derived
from core.project.label_rows import LabelRows
from core.project.left_out import VOTE, WORDS
from core.project.memory import Memory
from core.project.pool import Matched, Pool
from core.project.voters import versions
from core.prompts import zeroshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.spelling import Matcher
from core.store.labels.drawn import Drawn
from core.store.metadata.table import EMPTY, MetadataTable
from core.store.workspace import Workspace

if TYPE_CHECKING:
    from core.encoders.base import Encoder

T = TypeVar("T")
NEIGHBOURS = 10
"""Look-alikes that an image hears."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A collection, its labels and its classes at one moment.

    Attributes:
        key: of the workspace and question, as addresses of pictures name it.
        workspace: where it is kept, and the image folder.
        pool: the images that can be worked with, one row each.
        labels: what people said, by row.
        classes: the classes with their prompts, perhaps none.
        captions: image id → captions that people brought.
        derived: the disk cache.
        refined: predictions start from prompts that moved towards their images.
        words: which columns speak beside the pictures, a template; "" for none.
        head: how labels are learned from, a name in `core.learn.heads.names.NAMES`.
        voters: specs of the encoders that vote; empty where the active one decides alone.
        drawn: ids of images that people say were drawn at random elsewhere, as they were imported.
        without: sentences on what the question is set to and so many images do without.
        behind: what takes minutes of very many images is found in the background, by a server.
        memory, shared: results of this question, and those of the collection alone.
    """

    key: str
    workspace: Workspace
    pool: Pool
    labels: LabelRows
    classes: Vocabulary
    derived: Derived
    memory: Memory
    shared: Memory
    texts: zeroshot.TextCache
    refined: bool = False
    words: str = ""
    head: str = PLAIN
    voters: tuple[str, ...] = ()
    loaded: Encoder | None = None
    without: tuple[str, ...] = ()
    behind: bool = False
    drawn: Drawn = ()
    read_captions: Callable[[], Mapping[str, tuple[str, ...]]] = field(default=dict)
    read_others: Callable[[], Mapping[str, LabelRows]] = field(default=dict)
    read_metadata: Callable[[], MetadataTable] = field(default=lambda: EMPTY)

    def __len__(self) -> int:
        return len(self.pool)

    # -- other views of the same moment ----------------------------------------------------------

    def under(self, classes: Vocabulary) -> Snapshot:
        """The same images and labels under other classes or prompts."""
        return self if classes == self.classes else replace(self, classes=classes)

    def headed(self, head: str) -> Snapshot:
        """The same, learned from with another head."""
        return self if head == self.head else replace(self, head=head)

    def with_labels(self, labels: Mapping[str, str]) -> Snapshot:
        """With labels (image id → class) of this request only, which outrank the stored ones."""
        return replace(self, labels=self.labels.overlaid(self.pool, labels)) if labels else self

    def speaking(self, words: str) -> Snapshot:
        """With other columns that speak, by a template; WinnowError for too many images."""
        if words and self.pool.many:
            raise WinnowError(WORDS)
        return self if words == self.words else replace(self, words=words)

    def voting(self, voters: Sequence[str]) -> Snapshot:
        """With other encoders that vote, by their specs; WinnowError for too many images."""
        if len(voters) > 1 and self.pool.many:
            raise WinnowError(VOTE)
        return self if tuple(voters) == self.voters else replace(self, voters=tuple(voters))

    @property
    def word_key(self) -> tuple[Hashable, ...]:
        """What predictions follow from by way of words; empty where no column speaks."""
        return (self.words, self.metadata.version) if self.words else ()

    @cached_property
    def voter_key(self) -> tuple[Hashable, ...]:
        """What predictions follow from by way of other encoders; empty where none votes."""
        return versions(self.workspace, self.voters)

    @property
    def beside_key(self) -> tuple[Hashable, ...]:
        """What predictions follow from beside the pictures as the active encoder sees them."""
        return (*self.word_key, *self.voter_key)

    def model_key(self, refined: bool) -> tuple[Hashable, ...]:
        """What models of this snapshot follow from, without the labels and the head."""
        return (self.pool.version, self.classes, refined, *self.beside_key, *self.alike_key)

    @cached_property
    def alike_key(self) -> tuple[bool, ...]:
        """Whether look-alikes are there that are found in the background; empty elsewhere."""
        later = self.behind and self.pool.many
        return (self.derived.path(self.neighbours_name).exists(),) if later else ()

    @property
    def neighbours_name(self) -> str:
        """The file of the disk cache with the look-alikes of each image."""
        return f"neighbours/{self.pool.digest(NEIGHBOURS)}.npy"

    # -- labels ----------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """(K,) names of the classes."""
        return self.classes.names

    @property
    def tree(self) -> ClassTree:
        """The classes and the groups that they stand in; flat without groups."""
        classes = self.classes
        return self.memory.remember(
            "tree", classes, lambda: ClassTree.of(classes.names, classes.above), keep=2
        )

    @cached_property
    def human(self) -> np.ndarray:
        """(N,) int64 the class that people gave each image, -1 for none of these classes."""
        return np.where(self.nodes < len(self.names), self.nodes, -1)

    @cached_property
    def nodes(self) -> np.ndarray:
        """(N,) int64 the node of `tree` that people gave each image: a class, or a group where
        nobody said which of its classes; -1 for none of these."""
        return self.labels.human(self.tree.names, self.classes.none)

    @property
    def class_of(self) -> Matcher:
        """Finds the class or group that a label or a cell of a table means; None for none."""
        return Matcher.of(self.tree.names)

    @property
    def outside(self) -> int:
        """Labeled images whose class is none of these."""
        return int(((self.labels.codes >= 0) & (self.nodes < 0)).sum())

    @cached_property
    def is_answered(self) -> np.ndarray:
        """(N,) bool, images with an answer that counts.

        Of a class or group that is none of these a label does not: that image is asked about again,
        and the audit sample ends before it.
        """
        return (self.nodes >= 0) | self.labels.without_class

    @property
    def answered(self) -> np.ndarray:
        """(n,) rows with an answer that counts, rising."""
        return np.flatnonzero(self.is_answered)

    @property
    def unanswered(self) -> np.ndarray:
        """(n,) rows without an answer that counts, rising."""
        return np.flatnonzero(~self.is_answered)

    @cached_property
    def audited(self) -> np.ndarray:
        """Rows of the audit sample in the order of the stream, with or without a class.

        Those that people say were drawn at random elsewhere come after it.
        """
        rows = prefix(self.audit_order, self.answered)
        return np.concatenate([rows, np.setdiff1d(self.brought, rows)]) if self.drawn else rows

    @cached_property
    def brought(self) -> np.ndarray:
        """(n,) rows of images that people say were drawn at random elsewhere, rising."""
        rows = [self.pool.rows_of(ids) for ids in self.drawn]
        whole = [of for of in rows if self.is_answered[of].all()]
        return np.unique(np.concatenate(whole)) if whole else np.empty(0, dtype=np.intp)

    @property
    def audit(self) -> np.ndarray:
        """Rows of the audit images that have a class."""
        return self.audited[self.human[self.audited] >= 0]

    @property
    def audit_groups(self) -> np.ndarray:
        """Rows of the audit images of which people named the group alone."""
        return self.audited[self.nodes[self.audited] >= len(self.names)]

    @cached_property
    def labeling_order(self) -> np.ndarray:
        """(n,) rows that have a class, in the order in which they got it."""
        rows = np.flatnonzero(self.human >= 0)
        return rows[np.lexsort((rows, self.labels.times[rows]))]

    # -- images ----------------------------------------------------------------------------------

    @property
    def audit_order(self) -> np.ndarray:
        """(N,) rows of the pool in the order in which they are audited."""
        version, ids = self.pool.version, self.pool.ids
        return self.share("audit", version, lambda: order(ids), keep=1)

    @property
    def looks(self) -> np.ndarray:
        """(N, D) float32 unit vectors of how the images look, for learning and neighbours.

        Of very many images they read like an array and stay on disk (`Pool.stored`).
        """
        part, version = self.encoder.looks, self.pool.version
        if part == slice(None):
            return self.pool.stored
        if self.pool.many:
            return self.share("looks", version, lambda: self.pool.part(part), keep=1)
        return self.share("looks", version, lambda: unit_rows(self.pool.vectors[:, part]), keep=1)

    @property
    def captions(self) -> Mapping[str, tuple[str, ...]]:
        """Image id → captions; WinnowError when the file that keeps them is damaged."""
        return self.read_captions()

    @cached_property
    def metadata(self) -> MetadataTable:
        """Columns that people brought, by image id; WinnowError when their files are damaged."""
        return self.read_metadata()

    @cached_property
    def others(self) -> Mapping[str, LabelRows]:
        """Column → labels of each other question; WinnowError when one cannot be read."""
        return self.read_others()

    def match(self, values: Mapping[str, T], what: str = "") -> Matched[T]:
        """Find the images of relative paths.

        Args:
            values: relative path → what belongs to it.
            what: what the paths stand in, for the error: " of the truth file".

        Raises:
            WinnowError: there are paths, and none of them is an image of the collection.
        """
        matched = self.pool.match(values.items())
        if values and not matched.values:
            raise WinnowError(
                f"None of the {len(values)} paths{what} is an image of {self.workspace.images}: "
                "write paths relative to that folder."
            )
        return matched

    # -- the encoder -----------------------------------------------------------------------------

    @property
    def encoder(self) -> Encoder:
        """The encoder in use; WinnowError when its vectors are not the active ones."""
        return fitting_encoder(self.loaded, self.workspace)

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (M, D) float32 of texts, unit norm, remembered."""
        return self.texts.embed(self.encoder, texts)

    def text_scores(self, texts: Sequence[str], rows: np.ndarray | None = None) -> np.ndarray:
        """Scores (n, M) float32 of some rows of the pool, by default all, against single texts."""
        vectors = self.pool.stored if rows is None else self.pool.some(rows)
        return zeroshot.scores(vectors, self.text_vectors(texts), self.middle)

    @property
    def middle(self) -> np.ndarray | None:
        """(D,) what scores are centred by; None where the encoder does not ask for it."""
        encoder, pool = self.encoder, self.pool
        if not encoder.centre_scores:
            return None
        return self.share("middle", pool.version, lambda: self._middle(encoder), keep=1)

    def _middle(self, encoder: Encoder) -> np.ndarray:
        pool = self.pool

        def centre() -> np.ndarray:
            return zeroshot.centre(pool.blocks(), encoder.reference_mean)

        if not pool.many:
            return centre()
        return self.derived.recall(  # of a million images it takes a second or two
            f"middle/{pool.digest(0)}.npy",
            lambda written: written if written.shape == (encoder.dim,) else None,
            centre,
            lambda middle: middle,
        )

    # -- memory ----------------------------------------------------------------------------------

    def remember(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = 8) -> T:
        """A result of this question; see `core.project.memory.Memory.remember`."""
        return self.memory.remember(kind, key, make, self._few(keep))

    def share(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = 8) -> T:
        """A result that follows from the collection alone, for all its questions."""
        return self.shared.remember(kind, key, make, self._few(keep))

    def _few(self, keep: int) -> int:
        """How many results stay: of very many images, of which each takes long, the last two."""
        return min(keep, 2) if self.pool.many else keep


def fitting_encoder(loaded: Encoder | None, workspace: Workspace) -> Encoder:
    """The loaded encoder; WinnowError when there is none, or the vectors are of another."""
    active = workspace.encoder
    if loaded is None or active is None:
        raise WinnowError("Nothing is embedded yet: embed the images on the Data page first.")
    if loaded.identity != active.identity:
        raise WinnowError(
            f"The images were embedded with another model ({active.spec}) than the one loaded "
            f"({loaded.spec}): embed them again on the Data page."
        )
    return loaded
