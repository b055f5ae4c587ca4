"""The list of clusters. Browser part: ``cards.js``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.project.snapshot import Snapshot
from core.services.clusters.cards import Card
from core.ui.widgets import mount, thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour

_HERE = Path(__file__).parent
_WORDS = 4  # of a card


def draw(
    key: str, snapshot: Snapshot, names: list[str], cards: list[Card], what: str = "Cluster"
) -> None:
    """Mount the list.

    Args:
        names: the classes, by which colours go.
        cards: in the order to show.
        what: they are; clusters have their number in their titles.
    """
    mount.element(_HERE, "cards")(
        key=key,
        data={"what": what, "cards": [_card(snapshot, names, card, what) for card in cards]},
        default={"opened": None},
        on_opened_change=lambda: None,
    )


def opened(key: str) -> tuple[str, int] | None:
    """The last press on a card: its own id, so that it counts once, and the cluster's number."""
    message = mount.value(key, "opened")
    if not isinstance(message, dict) or not isinstance(message.get("number"), int):
        return None
    return str(message.get("id")), message["number"]


def _card(snapshot: Snapshot, names: list[str], card: Card, what: str) -> dict[str, Any]:
    ids = snapshot.pool.ids
    title = f"{card.number} · {card.name}" if card.name else f"{card.number}"
    return {
        "number": card.number,
        "title": title if what == "Cluster" else card.name or "",
        "size": f"{card.size:,}",
        "share": round(card.share, 3),
        "colour": class_colour(names.index(card.winner)) if card.winner in names else NEUTRAL,
        "note": " · ".join(_notes(card, what)),
        "warning": card.warning,
        "words": ", ".join(card.words[:_WORDS]),
        "pictures": [thumbs.url(snapshot.key, ids[row]) for row in card.pictures],
    }


def _notes(card: Card, what: str) -> list[str]:
    notes = [card.apart] if card.apart else []
    if what != "Cluster":
        notes.append(f"{card.winner}, {card.second}" if card.second else card.winner)
    elif card.name != card.winner:
        notes.append(f"mixed: {card.winner}, {card.second}" if card.second else card.winner)
    return [*notes, f"{card.labeled:,} labeled"] if card.labeled else notes
