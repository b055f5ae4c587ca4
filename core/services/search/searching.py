"""Searching a collection: from texts, images and filters to the images that fit best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search import query
from core.search.collection import EXACT_BELOW, Collection
from core.services.search.filtering import in_order, passing
from core.services.search.request import SORTED, Answer, Request, Result
from core.store.vectors import VectorStore

_SAMPLE = 2_000  # images by which the spread of scores is judged
_MIDDLE_SAMPLE = 50_000  # images by which the mean of a large collection is judged
_TUNING_IMAGES = 200
_TUNING_WORDS = """
person face child crowd dog cat bird horse insect flower tree forest mountain beach sea river sky
cloud sunset night snow rain fire city street building house room kitchen bed table chair car bus
train aeroplane ship bicycle road bridge food fruit bread cake drink bottle cup shoe dress hat shirt
bag watch glasses jewellery phone computer screen book page text map chart drawing painting cartoon
logo sculpture machine tool wire metal wood stone glass fabric paper
"""


def searcher_of(snapshot: Snapshot) -> Searcher:
    """The searcher of a snapshot's images, remembered until these change."""
    version = snapshot.pool.version
    return snapshot.share("searcher", version, lambda: Searcher(snapshot), keep=1)


class Searcher:
    """Searches the images of one pool; what else a request asks for comes from its snapshot.

    Attributes:
        collection: the vectors as something to search.
    """

    def __init__(self, snapshot: Snapshot, exact_below: int = EXACT_BELOW) -> None:
        """Prepare the search of a snapshot's images.

        Args:
            exact_below: images from which an index answers.
        """
        self._pool = snapshot.pool
        self._middle: np.ndarray | None = None
        if len(self._pool) < exact_below:
            self.collection = Collection(self._pool.shards, self._pool.places)
        else:
            workspace, identity = snapshot.workspace, self._pool.identity
            store = VectorStore.peek(workspace.vectors(identity))
            folder = workspace.cache / "search" / identity
            self.collection = Collection.of_store(store, self._pool.ids, folder)

    # -- searching -------------------------------------------------------------------------------

    def find(self, request: Request, snapshot: Snapshot) -> Answer:
        """The images that fit a request best.

        Args:
            snapshot: of this searcher's images; filters and predictions are of its moment.

        Raises:
            WinnowError: nothing to search for, an unknown image, a filter that makes no sense.
        """
        if request.filters_only:
            return self._listed(request, snapshot)
        pool = self._pool
        vector, offset = self._vector(request, snapshot)
        paths, keep = passing(snapshot, request.where)
        # The examples themselves are known; finding them again helps nobody.
        examples = {pool.rows[i] for i in (*request.like, *request.unlike)}
        exact = request.method == "exact"
        most = max(request.k, SORTED) if request.sort else request.k
        hits, kind = self.collection.top(vector, most + len(examples), keep, exact)
        scored = zip(hits.rows.tolist(), (hits.scores - offset).tolist(), strict=True)
        results = [
            Result(paths.get(pool.ids[row], pool.paths[row]), score, pool.ids[row])
            for row, score in scored
            if row not in examples and (request.min_score is None or score >= request.min_score)
        ][:most]
        if request.sort:
            rows = np.array([pool.rows[result.id] for result in results], dtype=np.int64)
            by_id = {result.id: result for result in results}
            results = [by_id[pool.ids[row]] for row in in_order(snapshot, rows, request.sort)]
        results = results[: request.k]
        index = self.collection.index
        recall = index.recall if index is not None and kind == "index" else 1.0
        left_out = len(examples) if keep is None else int(keep[list(examples)].sum())
        searched = (len(pool) if keep is None else int(keep.sum())) - left_out
        return Answer(results, kind, recall, searched, self._note(request, kind, searched))

    def build_index(self, snapshot: Snapshot, report: Report) -> None:
        """Build the index of the present images and use it from now on.

        It is tuned on images of the collection and on common words, which lie differently.

        Raises:
            Cancelled: asked to stop; nothing is kept.
            WinnowError: the disk is full or the folder cannot be written.
        """
        random = np.random.default_rng(0)
        words = snapshot.text_vectors([f"a photo of a {word}" for word in _TUNING_WORDS.split()])
        pictures = self.collection.some(_TUNING_IMAGES)
        queries = {"images": random.permutation(pictures), "texts": random.permutation(words)}
        self.collection.build_index(queries, report)

    # -- inside ----------------------------------------------------------------------------------

    def _listed(self, request: Request, snapshot: Snapshot) -> Answer:
        """The images that pass the filters, by path or by the column that sorts."""
        ids, all_paths = self._pool.ids, self._pool.paths
        paths, keep = passing(snapshot, request.where)
        rows = np.arange(len(ids)) if keep is None else np.flatnonzero(keep)
        if request.sort:
            rows = in_order(snapshot, rows, request.sort)
        listed = [
            Result(paths.get(ids[row], all_paths[row]), None, ids[row])
            for row in rows[: request.k].tolist()
        ]
        return Answer(listed, "filter", 1.0, len(rows))

    def _note(self, request: Request, kind: str, searched: int) -> str:
        index = self.collection.index
        if kind == "index" and index is not None:
            return (
                f"An index answered; it finds {index.recall:.0%} of the ten nearest "
                "(measured when it was built)."
            )
        if self.collection.large and index is None and request.method == "auto":
            return f"All {searched:,} images were compared; an index would answer sooner."
        return ""

    def _vector(self, request: Request, snapshot: Snapshot) -> tuple[np.ndarray, float]:
        """The query (D,) and what to take off scores so that they are centred as zero-shot's."""
        encoder = snapshot.encoder
        parts: list[np.ndarray] = []
        if request.text.strip():
            terms = query.parse(request.text)
            embedded = snapshot.text_vectors([term.text for term in terms])
            parts.append(query.of_texts(terms, embedded))
        wanted = [*map(self._image_vector, request.like), *request.vectors]
        unwanted = [*map(self._image_vector, request.unlike), *request.unlike_vectors]
        if wanted or unwanted:
            middle = self._centre(encoder.reference_mean)
            parts.append(query.of_images(_rows(wanted, middle), _rows(unwanted, middle), middle))
        if not parts:
            raise WinnowError("There is nothing to search for: give a text or an image.")
        joined = parts[0] if len(parts) == 1 else query.joined(parts, self.collection.some(_SAMPLE))
        # Scores of images alone are plain cosines.
        centred = bool(request.text.strip()) and encoder.centre_scores
        return joined, float(self._centre(encoder.reference_mean) @ joined) if centred else 0.0

    def _image_vector(self, image_id: str) -> np.ndarray:
        """Vector (D,) of an image of the collection; WinnowError for an unknown one."""
        row = self._pool.rows.get(image_id)
        if row is None:
            raise WinnowError(
                f"The image {image_id} is not among the images of this project: it was removed or "
                "belongs to another one."
            )
        return self._pool.some(np.array([row]))[0]

    def _centre(self, reference: np.ndarray | None) -> np.ndarray:
        """(D,) the middle of the collection, of a large one that of a sample."""
        if self._middle is None:
            large = self.collection.large
            blocks = [self.collection.some(_MIDDLE_SAMPLE)] if large else self._pool.blocks()
            self._middle = zeroshot.centre(blocks, reference)
        return self._middle


def _rows(vectors: Sequence[np.ndarray], like: np.ndarray) -> np.ndarray:
    """Vectors as (n, D) float32, where ``like`` (D,) says what D is."""
    return np.stack(list(vectors)) if vectors else np.zeros((0, len(like)), dtype=np.float32)
