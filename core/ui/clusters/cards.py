"""The list of clusters. Browser part: ``cards.js``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.project.pool import Pool
from core.project.project import Project
from core.services.clusters.cards import Card
from core.ui.widgets import thumbs
from core.ui.widgets.colours import NEUTRAL, class_colour

_PURE = 0.7  # share below which a cluster is not called by one class alone
_HERE = Path(__file__).parent


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_cards",
        css=(_HERE / "cards.css").read_text("utf-8"),
        js=(_HERE / "cards.js").read_text("utf-8"),
        isolate_styles=False,
    )


def draw(key: str, project: Project, pool: Pool, names: list[str], cards: list[Card]) -> None:
    """Mount the list, in the order given."""
    _component()(
        key=key,
        data={"cards": [_card(project, pool, names, card) for card in cards]},
        default={"opened": None},
        on_opened_change=lambda: None,
    )


def opened(key: str) -> tuple[str, int] | None:
    """The last press on a card: its own id, so that it counts once, and the cluster's number."""
    state = st.session_state.get(key)
    said = state["opened"] if state and "opened" in state else None
    if not isinstance(said, dict) or not isinstance(said.get("number"), int):
        return None
    return str(said.get("id")), said["number"]


def _card(project: Project, pool: Pool, names: list[str], card: Card) -> dict[str, Any]:
    known = card.winner in names
    return {
        "number": card.number,
        "title": f"{card.number} · {card.name or _classes(card)}",
        "size": f"{card.size:,}",
        "share": round(card.share, 3),
        "colour": class_colour(names.index(card.winner)) if known else NEUTRAL,
        "note": " · ".join(_notes(card)),
        "warning": card.warning,
        "pictures": [thumbs.url(project, pool.ids[row]) for row in card.pictures],
    }


def _classes(card: Card) -> str:
    mixed = card.share < _PURE and card.second is not None
    return f"{card.winner}, {card.second}, …" if mixed else card.winner


def _notes(card: Card) -> list[str]:
    notes = [f"mostly {card.winner}"] if card.name else []
    return [*notes, f"{card.labeled:,} labeled"] if card.labeled else notes
