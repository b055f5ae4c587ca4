"""Searching a project: from texts, images and filters to the images that fit best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from core.images.decode import decode, read_image_file
from core.prompts import zeroshot
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search import filters, query
from core.search.collection import EXACT_BELOW, Collection, Kind
from core.store.catalog import read_catalog
from core.store.vectors import VectorStore

if TYPE_CHECKING:
    from core.encoders.base import Encoder
    from core.project.project import Project

PREDICTED = ("class", "confidence")
"""Columns that filters may name and that only predictions can fill."""

CAPTION = "caption"
"""Column of what people brought; of an image with several captions, one a line."""

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


@dataclass(frozen=True)
class Request:
    """What is searched for; filters alone list the images that pass, by path.

    Attributes:
        text: terms with signs and weights, see `core.search.query`; may be empty.
        like, unlike: ids of images of the collection.
        vectors, unlike_vectors: images from elsewhere, by ``encode_file``.
        where: filters, see `core.search.filters`; all must hold.
        min_score: hits below are left out; None keeps all.
        method: "exact" compares all images also where an index is at hand.
    """

    text: str = ""
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    vectors: tuple[np.ndarray, ...] = ()
    unlike_vectors: tuple[np.ndarray, ...] = ()
    where: tuple[str, ...] = ()
    k: int = 20
    min_score: float | None = None
    method: Literal["auto", "exact"] = "auto"

    @property
    def filters_only(self) -> bool:
        """Whether there is nothing to compare images with."""
        examples = (self.like, self.unlike, self.vectors, self.unlike_vectors)
        return bool(self.where) and not self.text.strip() and not any(examples)


@dataclass(frozen=True)
class Result:
    """An image that was found; a greater ``score`` fits better, None where only filters asked."""

    path: str
    score: float | None
    id: str


@dataclass(frozen=True)
class Found:
    """Results, best first.

    Attributes:
        kind: whether all images were compared, an index answered, or filters alone did.
        recall: measured share of the true ten nearest that the index finds; 1 when exact.
        searched: images that passed the filters.
        note: what the user should know of how this came about, else empty.
    """

    results: list[Result]
    kind: Kind | Literal["filter"]
    recall: float
    searched: int
    note: str = ""


class Searcher:
    """Searches one snapshot of a project's images; made anew when they change."""

    def __init__(self, project: Project, exact_below: int = EXACT_BELOW) -> None:
        self._project = project
        self._pool = project.pool()
        self._texts = zeroshot.TextCache()
        self._middle: np.ndarray | None = None
        self._files: pl.DataFrame | None = None
        if len(self._pool) < exact_below:
            self.collection = Collection(self._pool.shards, self._pool.places)
        else:
            workspace, identity = project.workspace, self._pool.identity
            store = VectorStore.peek(workspace.vectors(identity))
            folder = workspace.cache / "search" / identity
            self.collection = Collection.of_store(store, self._pool.ids, folder)

    # -- searching -------------------------------------------------------------------------------

    def find(self, request: Request) -> Found:
        """The images that fit a request best.

        Raises:
            WinnowError: nothing to search for, an unknown image, a filter that makes no sense.
        """
        pool = self._pool
        if request.filters_only:
            paths, keep = self._passing(request)
            rows = [] if keep is None else np.flatnonzero(keep).tolist()
            listed = [Result(paths[pool.ids[row]], None, pool.ids[row]) for row in rows]
            return Found(listed[: request.k], "filter", 1.0, len(listed))
        vector, offset = self._vector(request)
        paths, keep = self._passing(request)
        # The examples themselves are known; finding them again helps nobody.
        examples = {pool.rows[i] for i in (*request.like, *request.unlike)}
        exact = request.method == "exact"
        hits, kind = self.collection.top(vector, request.k + len(examples), keep, exact)
        scored = zip(hits.rows.tolist(), (hits.scores - offset).tolist(), strict=True)
        results = [
            Result(paths.get(pool.ids[row], pool.files[row][0].path), score, pool.ids[row])
            for row, score in scored
            if row not in examples and (request.min_score is None or score >= request.min_score)
        ][: request.k]
        index = self.collection.index
        recall = index.recall if index is not None and kind == "index" else 1.0
        left_out = len(examples) if keep is None else int(keep[list(examples)].sum())
        searched = (len(pool) if keep is None else int(keep.sum())) - left_out
        return Found(results, kind, recall, searched, self._note(request, kind, searched))

    def image_vector(self, image_id: str) -> np.ndarray:
        """Vector (D,) of an image of the collection; WinnowError for an unknown one."""
        row = self._pool.rows.get(image_id)
        if row is None:
            raise WinnowError(
                f"The image {image_id} is not among the images of this project: it was removed or "
                "belongs to another one."
            )
        return self._pool.some(np.array([row]))[0]

    def examples(self, paths: Sequence[Path]) -> tuple[tuple[str, ...], tuple[np.ndarray, ...]]:
        """Image files as ids, where they are of the collection, and as vectors where not.

        Args:
            paths: within the image folder, absolute, or from the current folder, in this order.

        Raises:
            WinnowError: there is no such file, or it is no image.
        """
        folder = self._project.workspace.images
        known = self._pool.row_of_path()
        ids: list[str] = []
        vectors: list[np.ndarray] = []
        for path in paths:
            absolute = path.expanduser().resolve()
            inside = absolute.relative_to(folder) if absolute.is_relative_to(folder) else path
            row = known.get(path.as_posix(), known.get(inside.as_posix()))
            if row is not None:
                ids.append(self._pool.ids[row])
            elif absolute.is_file():
                vectors.append(encode_file(self._project.encoder, absolute))
            else:
                raise WinnowError(
                    f"The image {path} is neither a file nor an image of {folder}: check its name."
                )
        return tuple(ids), tuple(vectors)

    def build_index(self, report: Report) -> None:
        """Build the index of the present images and use it from now on.

        It is tuned on images of the collection and on common words, which lie differently.

        Raises:
            Cancelled: asked to stop; nothing is kept.
        """
        random = np.random.default_rng(0)
        texts = [f"a photo of a {word}" for word in _TUNING_WORDS.split()]
        words = self._texts.embed(self._project.encoder, texts)
        pictures = self.collection.some(_TUNING_IMAGES)
        queries = {"images": random.permutation(pictures), "texts": random.permutation(words)}
        self.collection.build_index(queries, report)

    # -- inside ----------------------------------------------------------------------------------

    def _passing(self, request: Request) -> tuple[dict[str, str], np.ndarray | None]:
        """Id → the path that passes the filters, and (N,) which rows do; None without filters."""
        if not request.where:
            return {}, None
        conditions = [filters.parse(written) for written in request.where]
        table = filters.apply(self._table(conditions), conditions).unique("id", keep="first")
        paths = dict(zip(table["id"].to_list(), table["path"].to_list(), strict=True))
        keep = np.zeros(len(self._pool), dtype=bool)
        keep[[self._pool.rows[i] for i in paths]] = True
        return paths, keep

    def _table(self, conditions: Sequence[filters.Condition]) -> pl.DataFrame:
        """What filters look at, one row a file; predictions only where a filter asks for them."""
        pool = self._pool
        labels = self._project.labels.classes()
        columns: dict[str, Sequence[object]] = {"label": [labels.get(i) for i in pool.ids]}
        if any(condition.column == CAPTION for condition in conditions):
            captions = self._project.captions()
            texts = [captions.get(i) for i in pool.ids]
            columns[CAPTION] = [None if own is None else "\n".join(own) for own in texts]
        else:
            columns[CAPTION] = [None] * len(pool)
        if any(condition.column in PREDICTED for condition in conditions):
            vocabulary = self._project.vocabulary().checked("The classes that a filter asks for")
            said = self._project.predict(vocabulary)
            columns["class"] = [said.names[k] for k in said.assigned]
            columns["confidence"] = said.confidence().tolist()
        else:
            columns |= {"class": [None] * len(pool), "confidence": [None] * len(pool)}
        names = dict.fromkeys(("id", "label", CAPTION, "class"), pl.String)
        more = pl.DataFrame({"id": pool.ids, **columns}, schema=names | {"confidence": pl.Float64})
        if self._files is None:
            self._files = read_catalog(self._project.workspace.catalog).drop("problem")
        return self._files.join(more, on="id", how="inner", maintain_order="left")

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

    def _vector(self, request: Request) -> tuple[np.ndarray, float]:
        """The query (D,) and what to take off scores so that they are centred as zero-shot's."""
        encoder = self._project.encoder
        parts: list[np.ndarray] = []
        if request.text.strip():
            terms = query.parse(request.text)
            embedded = self._texts.embed(encoder, [term.text for term in terms])
            parts.append(query.of_texts(terms, embedded))
        wanted = [*map(self.image_vector, request.like), *request.vectors]
        unwanted = [*map(self.image_vector, request.unlike), *request.unlike_vectors]
        if wanted or unwanted:
            middle = self._centre(encoder)
            parts.append(query.of_images(_rows(wanted, middle), _rows(unwanted, middle), middle))
        if not parts:
            raise WinnowError("There is nothing to search for: give a text or an image.")
        if len(parts) == 1:
            centred = bool(request.text.strip()) and encoder.centre_scores
            return parts[0], float(self._centre(encoder) @ parts[0]) if centred else 0.0
        joined = query.joined(parts, self.collection.some(_SAMPLE))
        return joined, float(self._centre(encoder) @ joined) if encoder.centre_scores else 0.0

    def _centre(self, encoder: Encoder) -> np.ndarray:
        if self._middle is None:
            large = self.collection.large
            blocks = [self.collection.some(_MIDDLE_SAMPLE)] if large else self._pool.blocks()
            self._middle = zeroshot.centre(blocks, encoder.reference_mean)
        return self._middle


def _rows(vectors: Sequence[np.ndarray], like: np.ndarray) -> np.ndarray:
    return np.stack(list(vectors)) if vectors else np.zeros((0, len(like)), dtype=np.float32)


def encode_file(encoder: Encoder, path: Path) -> np.ndarray:
    """Vector (D,) of an image file from anywhere; WinnowError when it cannot be used."""
    return encode_bytes(encoder, read_image_file(path), path.name)


def encode_bytes(encoder: Encoder, data: bytes, name: str) -> np.ndarray:
    """Vector (D,) of an image file's bytes; WinnowError when it cannot be used."""
    picture = decode(data, name).image
    vector = encoder.encode_images(encoder.preprocess(picture)[None])[0]
    # Through half precision, as stored vectors are: an image equals its copy in the collection.
    return vector.astype(np.float16).astype(np.float32)
