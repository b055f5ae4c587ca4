"""Example images of each class for the report, small enough to stand in the page itself."""

import base64
import io
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from core.export.plan import PlanItem
from core.export.record.run import Outcome
from core.images.decode import UnreadableImage, decoding
from core.images.large.room import screens

_PIXELS = 96
_PICTURES = 160  # all in all: about half a megabyte, and a second for large photos
_MOST, _LEAST = 8, 2  # a class
_QUALITY = 72


@dataclass(frozen=True)
class Picture:
    """One example: its original path, how sure its class is, and itself as a data: address."""

    path: str
    caption: str
    data_uri: str


def examples(
    outcome: Outcome, look: Callable[[PlanItem], bytes | None]
) -> dict[str, list[Picture]]:
    """The surest and the least sure images of each class, without those in review/.

    Args:
        look: the bytes of an image, None when they cannot be had.

    Returns:
        Class → at most `_MOST` pictures, in the order of the classes. With many classes each has
        fewer, and with very many only the largest have any.
    """
    by_class: dict[str, list[PlanItem]] = defaultdict(list)
    for item in outcome.items:
        if not item.review:
            by_class[item.assignment.label].append(item)
    largest = sorted(by_class, key=lambda name: -len(by_class[name]))[: _PICTURES // _LEAST]
    each = max(_LEAST, min(_MOST, _PICTURES // max(len(largest), 1)))
    result = {}
    for name in outcome.plan.folders:
        if name in largest:
            pictures = [_picture(item, look) for item in _extremes(by_class[name], each)]
            result[name] = [picture for picture in pictures if picture is not None]
    return result


def _extremes(items: list[PlanItem], count: int) -> list[PlanItem]:
    """Half of `count` from either end, by how sure they are."""
    ordered = sorted(items, key=lambda item: -_sureness(item))
    if len(ordered) <= count:
        return ordered
    return ordered[: count // 2] + ordered[-(count - count // 2) :]


def _sureness(item: PlanItem) -> float:
    value = item.assignment.probability
    return value if math.isfinite(value) else -1.0


def _picture(item: PlanItem, look: Callable[[PlanItem], bytes | None]) -> Picture | None:
    data = look(item)
    if data is None:
        return None
    try:
        with decoding(data, item.target, 2 * _PIXELS, screens().lease()) as decoded:
            image = decoded.image
            image.thumbnail((_PIXELS, _PIXELS), Image.Resampling.HAMMING, reducing_gap=2.0)
    except UnreadableImage:
        return None
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    person = item.assignment.source == "human"
    return Picture(
        item.assignment.path,
        "by a person" if person else f"{item.assignment.probability:.0%}",
        f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}",
    )
