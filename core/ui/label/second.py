"""Images that a second person is asked about: among the others, with no hint of the first one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.learn.models.softmax import softmax
from core.project.snapshot import Snapshot
from core.services.label import second
from core.services.predict.zero_shot import zero_shot
from core.store.labels.answers import Labels
from core.store.people.roles import SETTINGS
from core.store.people.second import MOST, keep_second_every, second_every
from core.ui.label import state
from core.ui.label.labeler import thousandths
from core.ui.session import rights, session, trouble


def ask(snapshot: Snapshot) -> None:
    """Draw the field that says how many images are labeled twice."""
    st.session_state[state.SECOND_EVERY] = second_every(snapshot.workspace.home)
    st.number_input(
        "Ask a second person about every n-th image, 0 for none", 0, MOST, key=state.SECOND_EVERY,
        on_change=trouble.careful(_keep),
        **rights.closed(
            SETTINGS,
            help="It shows how far people agree: see People on the Data page. The same images for "
            "everybody; what the first person answered is not shown.",
        ),
    )  # fmt: skip


def _keep() -> None:
    home = session.require_project().workspace.home
    keep_second_every(home, int(st.session_state[state.SECOND_EVERY]))


def mixed_in(
    snapshot: Snapshot, store: Labels, ids: Sequence[str], answered: set[str], refill: bool
) -> list[str]:
    """The queue with images among it that wait for a second person.

    Args:
        answered: images that were answered here a moment ago.
        refill: claim some, if there are; else those go on that are in hand.
    """
    waiting = [i for i in second.waiting(snapshot, store, session.annotator()) if i not in answered]
    mine = [i for i in st.session_state.get(state.SECOND, []) if i in set(waiting)]
    if waiting and (refill or not mine):
        since = snapshot.labels.version[0]
        mine = second.taken(store, waiting, session.name(), since, mine)
    st.session_state[state.SECOND] = mine
    return second.mixed(ids, mine) if mine else list(ids)


def blind(snapshot: Snapshot, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of the labeling element; of those that have an answer only what the prompts say.

    What was learned of that answer would tell it.
    """
    mine = set(st.session_state.get(state.SECOND, []))
    places = [place for place, item in enumerate(items) if item["id"] in mine]
    if not places:
        return items
    rows = [snapshot.pool.rows[items[place]["id"]] for place in places]
    for place, shares in zip(places, softmax(zero_shot(snapshot).logits_of(rows)), strict=True):
        items[place] |= {
            "probabilities": thousandths(shares),
            "prompt": None,
            "why": {"prompt": "", "neighbours": []},
        }
    return items


def with_progress(snapshot: Snapshot, store: Labels, meter: dict[str, Any]) -> dict[str, Any]:
    """The meter with how many images are labeled twice, where that is asked for."""
    done = second.progress(snapshot, store)
    return meter | {"lines": [*meter["lines"], done.as_text()]} if done else meter
