"""What the map element fetches: parts as bytes named by their content, details of single points."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from core.learn.groups.clusters import Clusters
from core.learn.predictions import Predictions
from core.project.pool import Pool

MOST_BYTES = 256_000_000
MOST_DETAILS = 6  # each keeps predictions in memory; a browser asks for its latest only
_CACHING = {
    "Cache-Control": "private, max-age=31536000, immutable",  # a token is a content: never stale
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, eq=False)
class Details:
    """All that hovering a point can say."""

    pool: Pool
    predictions: Predictions
    clusters: Clusters

    def same(self, other: Details) -> bool:
        """Whether both say the same, because they were made from the same objects."""
        return (
            self.pool is other.pool
            and self.predictions is other.predictions
            and self.clusters is other.clusters
        )

    def lines(self, row: int) -> list[str]:
        """The text of one point: file, class with who decided it, cluster."""
        predictions = self.predictions
        path = self.pool.files[row][0].path
        name = predictions.names[predictions.assigned[row]]
        sure = f"{predictions.probabilities[row, predictions.assigned[row]]:.0%}"
        if predictions.human[row] >= 0:
            sure = "labeled"
        elif predictions.labeled[row]:
            sure += ", its group labeled"
        return [f"{name} · {sure}", path, f"cluster {self.clusters.assignment[row] + 1}"]


class Parts:
    """Bytes that browsers may ask for, the least recently used dropped first. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._tokens: OrderedDict[Hashable, str] = OrderedDict()
        self._details: OrderedDict[tuple[str, str], Details] = OrderedDict()

    def put(self, workspace: str, key: Hashable, make: Callable[[], np.ndarray]) -> str:
        """The token of an array's bytes; ``make`` is called when they are not at hand.

        Args:
            key: changes whenever the content may have changed.
        """
        with self._lock:
            token = self._tokens.get((workspace, key))
            if token is not None and (workspace, token) in self._bytes:
                self._bytes.move_to_end((workspace, token))
                return token
        content = np.ascontiguousarray(make()).tobytes()
        token = hashlib.blake2b(content, digest_size=12).hexdigest()
        with self._lock:
            self._tokens[(workspace, key)] = token
            self._bytes[(workspace, token)] = content
            while len(self._tokens) > 1_000:
                self._tokens.popitem(last=False)
            while sum(map(len, self._bytes.values())) > MOST_BYTES and len(self._bytes) > 8:
                self._bytes.popitem(last=False)
        return token

    def describe(self, workspace: str, details: Details) -> str:
        """The token under which single points of these details can be asked for."""
        with self._lock:
            for (place, token), other in self._details.items():
                if place == workspace and other.same(details):
                    self._details.move_to_end((place, token))
                    return token
            token = uuid.uuid4().hex
            self._details[(workspace, token)] = details
            while len(self._details) > MOST_DETAILS:
                self._details.popitem(last=False)
        return token

    def content(self, workspace: str, token: str) -> bytes | None:
        """The bytes of a token; None where they were dropped or never were."""
        with self._lock:
            return self._bytes.get((workspace, token))

    def details(self, workspace: str, token: str) -> Details | None:
        """The details of a token; None where they were dropped or never were."""
        with self._lock:
            return self._details.get((workspace, token))


parts = Parts()


def map_part(request: Request) -> Response:
    """``/map/{workspace}/{token}``: positions, colours, a filter or a selection as raw bytes."""
    content = parts.content(request.path_params["workspace"], request.path_params["token"])
    if content is None:
        return PlainTextResponse("unknown", status_code=404)
    return Response(content, media_type="application/octet-stream", headers=_CACHING)


def map_point(request: Request) -> Response:
    """``/point/{workspace}/{token}/{row}``: what to show for one point."""
    workspace, row = request.path_params["workspace"], request.path_params["row"]
    details = parts.details(workspace, request.path_params["token"])
    if details is None or not 0 <= row < len(details.pool):
        return PlainTextResponse("unknown", status_code=404)
    return JSONResponse(
        {
            "id": details.pool.ids[row],
            "picture": f"/thumb/{workspace}/{details.pool.ids[row]}",
            "lines": details.lines(row),
        }
    )
