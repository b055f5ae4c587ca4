"""Results of a search: pick some, give them a class, search on. Browser part: ``results.js``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.services.search.request import Result
from core.ui.search import state
from core.ui.shared import captions, label_bar
from core.ui.shared.columns import listing
from core.ui.widgets import mount, thumbs

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Example:
    """An image that is searched by. ``kind`` is "like" or "unlike"; ``picture`` its address."""

    id: str
    kind: str
    path: str
    picture: str


def pressed() -> list[tuple[str, str]]:
    """Presses on + or − of a result, on × of an example and on all of a group; each once.

    As kind and image id; of a group its name.
    """
    presses = []
    answered = st.session_state.setdefault(state.PRESSES, {})
    for element in (state.RESULTS, state.EXAMPLES):
        press = mount.value(element, "press")
        if not isinstance(press, dict) or press.get("id") == answered.get(element):
            continue
        answered[element] = press.get("id")
        kind, image = press.get("kind"), press.get("image")
        if kind in ("like", "unlike", "remove", "group") and isinstance(image, str):
            presses.append((kind, image))
    return presses


def picked() -> list[str]:
    """Ids of the results that are picked, on any page, in the order of picking."""
    ids: list[str] = st.session_state.setdefault(state.PICKED, [])
    message = mount.value(state.RESULTS, "picked")
    if isinstance(message, dict) and isinstance(message.get("ids"), list):
        page = st.session_state.get(state.SHOWN, {}).get(message.get("page"), [])
        now = [i for i in message["ids"] if i in page]
        ids = [i for i in ids if i not in page or i in now]
        ids += [i for i in now if i not in ids]
        st.session_state[state.PICKED] = ids
    return ids


def pick(ids: Sequence[str]) -> None:
    """Pick exactly these."""
    st.session_state[state.PICKED] = list(ids)
    st.session_state.pop(state.RESULTS, None)  # what the browser sent before no longer holds
    st.session_state[state.TURN] = st.session_state.get(state.TURN, 0) + 1


def draw_examples(examples: Sequence[Example]) -> None:
    """Draw the images that are searched by, each with a press to take it out."""
    if examples:
        _mount(state.EXAMPLES, {"page": "", "items": [], "picked": [], "sections": []}, examples)


def draw(
    snapshot: Snapshot,
    results: Sequence[Result],
    picks: Sequence[str],
    predictions: Predictions | None,
    sections: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Draw results, each with its label and predicted class, and its captions and columns when the
    mouse rests on it.

    Args:
        picks: ids of the picked images, also of other pages.
        predictions: of the snapshot's images; None while there are none.
        sections: groups that the results are in, one after the other; see ``grouped.py``.
    """
    ids = [result.id for result in results]
    # The browser keeps its own picks while the page is the same; another name makes it look anew.
    name = f"{st.session_state.get(state.TURN, 0)}-{hash(tuple(ids))}"
    st.session_state[state.SHOWN] = {name: ids}
    texts, cells = captions.of(snapshot), listing.lines(snapshot, ids)
    items = [
        _item(snapshot, result, predictions)
        | {"captions": [*texts.get(result.id, ()), *cells[result.id]]}
        for result in results
    ]
    here = set(ids)
    picked_here = [i for i in picks if i in here]
    data = {"page": name, "items": items, "picked": picked_here, "sections": list(sections)}
    _mount(state.RESULTS, data)


def _mount(key: str, data: dict[str, Any], examples: Sequence[Example] = ()) -> None:
    mount.element(_HERE, "results")(
        key=key,
        data={**data, "examples": [vars(example) for example in examples]},
        default={"picked": None, "press": None},
        on_picked_change=lambda: None,
        on_press_change=lambda: None,
    )


def _item(snapshot: Snapshot, result: Result, predictions: Predictions | None) -> dict[str, Any]:
    label = snapshot.labels.by_id.get(result.id)
    row = snapshot.pool.rows[result.id]
    predicted, sure = "", ""
    if predictions is not None:
        best = int(predictions.probabilities[row].argmax())
        predicted = predictions.names[best]
        sure = f"{predictions.probabilities[row, best]:.0%}"
    return {
        "id": result.id,
        "path": result.path,
        "picture": thumbs.url(snapshot.key, result.id),
        "large": thumbs.url(snapshot.key, result.id, "picture"),
        "score": "" if result.score is None else f"{result.score:.3f}",
        "label": (label.label if label else None) or "",
        "predicted": predicted,
        "sure": sure,
    }


def draw_label_bar(names: Sequence[str], shown: Sequence[str]) -> None:
    """How many results are picked, the class for them, and the step back.

    Args:
        names: the classes that there are.
        shown: image ids of the page of results.
    """
    ids = picked()
    with st.container(key="controls-results"):
        some, none, name, act = st.columns([2, 2, 5, 2], vertical_alignment="bottom")
    some.button(
        f"All {len(shown):,}", key="search-all", on_click=pick, width="stretch",
        args=([*ids, *(i for i in shown if i not in ids)],), disabled=not shown,
        icon=":material/select_all:",
        help="Choose all on this page; press a picture to change one.",
    )  # fmt: skip
    none.button(
        "None", key="search-none", on_click=pick, args=([],), width="stretch",
        disabled=not ids, icon=":material/deselect:", help="Choose none.",
    )  # fmt: skip
    label_bar.class_field(name, state.PLACE, names, "Class for the chosen images")
    label_bar.label_button(
        act, state.PLACE, ids, "search", f"Label {len(ids):,}" if ids else "Label",
        help="Saved at once, undone in one step.", then=lambda _: pick([]),
    )  # fmt: skip
    label_bar.undo_row(state.PLACE)
