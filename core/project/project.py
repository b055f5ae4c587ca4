"""The one object that a page or a command holds: opens a workspace and hands out the rest."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from core.learn.predictions import Predictions, Source, ZeroShot
from core.project.pool import Pool, file_mark, load_pool, pool_version
from core.prompts import history, zeroshot
from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.captions import load_captions
from core.store.labels.sqlite import LabelStore
from core.store.workspace import Workspace, load, open_workspace

if TYPE_CHECKING:
    from core.encoders.base import Encoder
    from core.learn.judging.estimates import Estimates
    from core.learn.judging.metrics import Evaluation
    from core.learn.models.learner import Learner
    from core.learn.models.refine import RefineStep
    from core.services.search.searching import Searcher
    from core.services.tags.tagging import Tagging

__all__ = ["Predictions", "Project", "Source", "ZeroShot"]

T = TypeVar("T")
KEPT = 8  # results of each kind kept in memory: a few versions of the prompts back and forth


class Project:
    """A workspace with an encoder. Safe to share between the sessions of one server."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root
        self.key = workspace.key
        self._encoder: Encoder | None = None
        self._texts = zeroshot.TextCache()
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._results: dict[str, OrderedDict[Hashable, Any]] = {}
        self.labels = LabelStore(workspace.labels)

    @classmethod
    def open(cls, images: Path, workspace: Path | None = None) -> Project:
        """Open the project of an image folder, making its workspace when there is none."""
        return cls(open_workspace(images, workspace))

    @property
    def workspace(self) -> Workspace:
        """Read anew each time: another process may have changed the active encoder."""
        return load(self._root)

    # -- encoder ---------------------------------------------------------------------------------

    def use(self, encoder: Encoder) -> Project:
        """Hand the project the encoder that reads its prompts."""
        self._encoder = encoder
        return self

    @property
    def encoder(self) -> Encoder:
        """The encoder in use; WinnowError when its vectors are not the active ones."""
        active = self.workspace.encoder
        if self._encoder is None or active is None:
            raise WinnowError("Nothing is embedded yet: embed the images on the Data page first.")
        if self._encoder.identity != active.identity:
            raise WinnowError(
                f"The images were embedded with another model ({active.spec}) than the one loaded "
                f"({self._encoder.spec}): embed them again on the Data page."
            )
        return self._encoder

    # -- data ------------------------------------------------------------------------------------

    def pool(self) -> Pool:
        """The images that can be worked with now."""
        workspace = self.workspace
        return self._remember("pool", pool_version(workspace), lambda: load_pool(workspace), keep=1)

    def file_of(self, image_id: str) -> Path | None:
        """A file that holds an image; None for an unknown id."""
        pool = self.pool()
        row = pool.rows.get(image_id)
        return None if row is None else self.workspace.file(pool.files[row][0].path)

    # -- vocabulary ------------------------------------------------------------------------------

    def vocabulary(self) -> Vocabulary:
        """The classes and prompts of the workspace, perhaps none yet."""
        path = self.workspace.vocabulary
        return (
            vocabularies.parse(path.read_text("utf-8"), str(path))
            if path.exists()
            else Vocabulary()
        )

    def save_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Keep classes and prompts, with the comments that people wrote into the file."""
        path, kept = self.workspace.vocabulary, self.workspace.vocabulary_history
        previous = path.read_text("utf-8") if path.exists() else None
        if previous and not kept.exists():
            history.append(kept, self.vocabulary())
        write_atomic(path, vocabularies.dump(vocabulary, previous).encode())
        history.append(kept, vocabulary)

    def vocabulary_versions(self) -> list[history.Version]:
        """Earlier classes and prompts, oldest first; the last one is the present."""
        return history.read(self.workspace.vocabulary_history)

    def use_folder_vocabulary(self) -> bool:
        """Take up ``prompts.yaml`` of the image folder when the workspace has no classes yet."""
        path = self.workspace.images / "prompts.yaml"
        if self.workspace.vocabulary.exists() or not path.is_file():
            return False
        self.save_vocabulary(vocabularies.read(path))
        return True

    def rename_class(self, old: str, new: str, annotator: str) -> Vocabulary:
        """Rename a class in the vocabulary and in all labels."""
        new = vocabularies.clean(new)
        changed = Vocabulary(
            tuple((new if name == old else name, p) for name, p in self.vocabulary().classes)
        )
        problem = changed.problem()
        if problem and len(changed.classes) > 1:
            raise WinnowError(problem)
        self.labels.rename_class(old, new, annotator)
        self.save_vocabulary(changed)
        return changed

    # -- captions --------------------------------------------------------------------------------

    def captions(self) -> Mapping[str, tuple[str, ...]]:
        """Image id → captions that people brought; empty when there are none.

        Raises:
            WinnowError: the file that keeps them is damaged.
        """
        path = self.workspace.captions
        return self._remember("captions", file_mark(path), lambda: load_captions(path), keep=1)

    # -- predictions -----------------------------------------------------------------------------

    def zero_shot(self, vocabulary: Vocabulary, refined: bool = False) -> ZeroShot:
        """Score the pool against a vocabulary from text alone."""
        pool, encoder = self.pool(), self.encoder
        vocabulary.checked("The classes")
        key = (pool.version, vocabulary, refined)
        return self._remember(
            "zero_shot", key, lambda: self._zero_shot(pool, encoder, vocabulary, refined)
        )

    def predict(
        self,
        vocabulary: Vocabulary,
        refined: bool = False,
        extra: Mapping[str, str] | None = None,
    ) -> Predictions:
        """Predict every image of the pool from prompts and labels.

        Args:
            refined: start from refined prototypes instead of the text's own.
            extra: image id → class, labels of this call only; they outrank the stored ones.
        """
        pool = self.pool()
        labels = self.labels.version()
        key = (pool.version, vocabulary, refined, labels, tuple(sorted((extra or {}).items())))
        from core.services.predict.predicting import predict

        return self._remember(
            "predictions", key, lambda: predict(self, vocabulary, refined, extra or {})
        )

    def learner(self, vocabulary: Vocabulary, refined: bool = False) -> Learner:
        """The model of the pool and a vocabulary, before any label.

        The first call for a pool finds its neighbours, which takes a while on large ones.
        """
        from core.learn.models.learner import Learner
        from core.services.predict.graphs import graph_of

        pool, zero = self.pool(), self.zero_shot(vocabulary, refined)

        def make() -> Learner:
            looks = self.looks()
            graph = self._remember(
                "graph",
                pool.version,
                lambda: graph_of(self.workspace.cache, pool, looks),
                keep=1,
            )
            return Learner(looks, zero.logits, zero.scores, graph)

        return self._remember("learner", (pool.version, vocabulary, refined), make, keep=2)

    def estimates(
        self,
        vocabulary: Vocabulary,
        target: float = 0.95,
        predictions: Predictions | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> Estimates | None:
        """How good predictions are, from the audit images; None while none is labeled.

        Args:
            target: the accuracy at which the stop meter says to stop.
            predictions: those of this vocabulary to judge, by default the newest.
            between: called between steps of some tenths of a second.
        """
        from core.services.predict.predicting import estimates

        judged = predictions or self.predict(vocabulary)
        return self._remember(
            "estimates",
            (judged, target),
            lambda: estimates(self, vocabulary, judged, target, between),
            keep=1,
        )

    def audit_stream(self) -> np.ndarray:
        """(N,) rows of the pool in the order in which they are audited."""
        from core.learn.asking.audit import order

        pool = self.pool()
        return self._remember("audit", pool.version, lambda: order(pool.ids), keep=1)

    def looks(self) -> np.ndarray:
        """(N, D) float32 unit vectors of how the images look, for learning and neighbours."""
        from core.encoders.base import unit_rows

        pool, part = self.pool(), self.encoder.looks
        if part == slice(None):
            return pool.vectors
        return self._remember(
            "looks", pool.version, lambda: unit_rows(pool.vectors[:, part]), keep=1
        )

    def text_scores(self, texts: Sequence[str], rows: np.ndarray | None = None) -> np.ndarray:
        """Scores (n, M) float32 of some rows of the pool, by default all, against single texts."""
        pool, encoder = self.pool(), self.encoder
        vectors = pool.vectors if rows is None else pool.some(rows)
        return zeroshot.scores(vectors, self.text_vectors(texts), self._middle(pool, encoder))

    def searcher(self) -> Searcher:
        """Searches among the images that can be worked with now."""
        from core.services.search.searching import Searcher

        return self._remember("searcher", self.pool().version, lambda: Searcher(self), keep=1)

    def tagging(self) -> Tagging:
        """The tags of this project: one column each."""
        from core.services.tags.tagging import Tagging

        return self._remember("tagging", "", lambda: Tagging(self), keep=1)

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (M, D) float32 of texts, unit norm, remembered."""
        return self._texts.embed(self.encoder, texts)

    def labels_of_paths(self, given: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, str]:
        """Labels by path as labels by image id; paths that are no usable image are left out.

        Raises:
            WinnowError: no path is an image of the folder, or a label is no class.
        """
        rows, ids = self.pool().row_of_path(), self.pool().ids
        if given and not any(path in rows for path in given):
            raise WinnowError(
                f"None of the {len(given)} paths of the labels is an image of "
                f"{self.workspace.images}: write paths relative to that folder."
            )
        result: dict[str, str] = {}
        for path, label in given.items():
            if path not in rows:
                continue
            if label not in vocabulary.names:
                raise WinnowError(
                    f"The labels call {path} {label!r}, which is not among the classes "
                    f"({', '.join(vocabulary.names[:10])}): correct the label or add the class."
                )
            result[ids[rows[path]]] = label
        return result

    def evaluate(
        self, predictions: Predictions, truth: Mapping[str, str]
    ) -> tuple[Evaluation, int]:
        """Compare predictions with the truth, leaving out images that trained the model.

        Args:
            truth: relative path → class; classes outside the vocabulary count as missed.

        Returns:
            The evaluation and how many labeled images were left out of it.
        """
        from core.learn.judging.metrics import evaluate

        rows_of = self.pool().row_of_path()
        known = {rows_of[path]: label for path, label in truth.items() if path in rows_of}
        if not known:
            raise WinnowError(
                f"None of the {len(truth)} paths of the truth file is an image of "
                f"{self.workspace.images}: write paths relative to that folder."
            )
        used = {row: label for row, label in known.items() if predictions.human[row] < 0}
        if not used:
            raise WinnowError(
                "Every image of the truth file is labeled and trained the model: name more images "
                "in the truth file."
            )
        names = predictions.names + sorted(set(used.values()) - set(predictions.names))
        index = {name: i for i, name in enumerate(names)}
        rows = np.fromiter(used, dtype=np.int64, count=len(used))
        expected = np.array([index[label] for label in used.values()])
        extra = len(names) - len(predictions.names)
        probabilities = np.pad(predictions.probabilities[rows], ((0, 0), (0, extra)))
        return evaluate(expected, probabilities, names), len(known) - len(used)

    # -- inside ----------------------------------------------------------------------------------

    def _zero_shot(
        self, pool: Pool, encoder: Encoder, vocabulary: Vocabulary, refined: bool
    ) -> ZeroShot:
        texts = zeroshot.prototypes(encoder, vocabulary, self._texts)
        middle = self._middle(pool, encoder)
        log: tuple[RefineStep, ...] = ()
        if refined:
            from core.learn.models.refine import refine

            refinement = refine(pool.vectors, texts, middle)
            scores, log = refinement.scores, tuple(refinement.log)
        else:
            scores = zeroshot.scores(pool.vectors, texts, middle)
        temperature = encoder.temperature
        if temperature is None:
            from core.learn.models.calibration import pool_temperature

            temperature = pool_temperature(scores)
        return ZeroShot(scores, temperature, log)

    def _middle(self, pool: Pool, encoder: Encoder) -> np.ndarray | None:
        if not encoder.centre_scores:
            return None
        return self._remember(
            "middle",
            pool.version,
            lambda: zeroshot.centre(pool.blocks(), encoder.reference_mean),
            keep=1,
        )

    def _remember(self, kind: str, key: Hashable, make: Callable[[], T], keep: int = KEPT) -> T:
        # Two sessions that ask for the same thing must not both compute it; a lock a kind, so that
        # thumbnails need not wait for a model to be fitted.
        with self._locks[kind]:
            results = self._results.setdefault(kind, OrderedDict())
            if key not in results:
                results[key] = make()
                while len(results) > keep:
                    results.popitem(last=False)
            results.move_to_end(key)
            return results[key]
