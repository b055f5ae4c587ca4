"""Results of a search: choose some, give them a class, search on. Browser part: ``results.js``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.project.project import Project
from core.services.search.searching import Result
from core.store.labels.sqlite import Event
from core.ui.session import session
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

_HERE = Path(__file__).parent
_ELEMENT, _EXAMPLES = "search-results", "search-examples"
_PICKED, _HEARD, _SHOWN = "search-picked", "search-heard", "search-shown"
_BATCH = "search-batch"


@dataclass(frozen=True)
class Example:
    """An image that is searched by. ``kind`` is "like" or "unlike"; ``picture`` its address."""

    id: str
    kind: str
    path: str
    picture: str


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "winnow_results",
        css=(_HERE / "results.css").read_text("utf-8"),
        js=(_HERE / "results.js").read_text("utf-8"),
        isolate_styles=False,
    )


def pressed() -> list[tuple[str, str]]:
    """Presses on + or − of a result and on × of an example, as kind and image id; each once."""
    found = []
    heard = st.session_state.setdefault(_HEARD, {})
    for element in (_ELEMENT, _EXAMPLES):
        said = _said(element, "press")
        if not isinstance(said, dict) or said.get("id") == heard.get(element):
            continue
        heard[element] = said.get("id")
        kind, image = said.get("kind"), said.get("image")
        if kind in ("like", "unlike", "remove") and isinstance(image, str):
            found.append((kind, image))
    return found


def picked() -> list[str]:
    """Ids of the results that are chosen, on any page, in the order of choosing."""
    chosen: list[str] = st.session_state.setdefault(_PICKED, [])
    said = _said(_ELEMENT, "picked")
    if isinstance(said, dict) and isinstance(said.get("ids"), list):
        page = st.session_state.get(_SHOWN, {}).get(said.get("page"), [])
        now = [i for i in said["ids"] if i in page]
        chosen = [i for i in chosen if i not in page or i in now]
        chosen += [i for i in now if i not in chosen]
        st.session_state[_PICKED] = chosen
    return chosen


def pick(ids: Sequence[str]) -> None:
    """Choose exactly these."""
    st.session_state[_PICKED] = list(ids)
    st.session_state.pop(_ELEMENT, None)  # what the browser said before no longer holds
    st.session_state["search-turn"] = st.session_state.get("search-turn", 0) + 1


def _said(element: str, name: str) -> Any:
    state = st.session_state.get(element)
    return state[name] if state and name in state else None


def draw_examples(examples: Sequence[Example]) -> None:
    """Draw the images that are searched by, each with a press to take it out."""
    if examples:
        _mount(_EXAMPLES, {"page": "", "items": [], "picked": []}, examples)


def draw(
    project: Project,
    results: Sequence[Result],
    chosen: Sequence[str],
    labels: dict[str, str],
    captions: Mapping[str, tuple[str, ...]],
) -> None:
    """Draw results.

    Args:
        chosen: image ids, also of other pages.
        labels: image id → class that people gave.
        captions: image id → captions, shown when the mouse rests on a picture.
    """
    ids = [result.id for result in results]
    # The browser keeps its own choice while the page is the same; another name makes it look anew.
    name = f"{st.session_state.get('search-turn', 0)}-{hash(tuple(ids))}"
    st.session_state[_SHOWN] = {name: ids}
    items = [
        _item(project, result, labels.get(result.id, ""))
        | {"captions": list(captions.get(result.id, ()))}
        for result in results
    ]
    here = set(ids)
    _mount(_ELEMENT, {"page": name, "items": items, "picked": [i for i in chosen if i in here]})


def _mount(key: str, data: dict[str, Any], examples: Sequence[Example] = ()) -> None:
    _component()(
        key=key,
        data={**data, "examples": [vars(example) for example in examples]},
        default={"picked": None, "press": None},
        on_picked_change=lambda: None,
        on_press_change=lambda: None,
    )


def _item(project: Project, result: Result, label: str) -> dict[str, Any]:
    return {
        "id": result.id,
        "path": result.path,
        "picture": thumbs.url(project, result.id),
        "large": thumbs.url(project, result.id, "picture"),
        "score": "" if result.score is None else f"{result.score:.3f}",
        "label": label,
    }


# -- labeling ------------------------------------------------------------------------------------


def label_bar(project: Project, names: Sequence[str], shown: Sequence[str]) -> None:
    """How many are chosen, the class for them, and the step back."""
    chosen = picked()
    some, none, name, act = st.columns([2, 2, 5, 2], vertical_alignment="bottom")
    some.button(
        f"All {len(shown):,}", key="search-all", on_click=pick, width="stretch",
        args=([*chosen, *(i for i in shown if i not in chosen)],), disabled=not shown,
        icon=":material/select_all:",
        help="Choose all on this page; press a picture to change one.",
    )  # fmt: skip
    none.button(
        "None", key="search-none", on_click=pick, args=([],), width="stretch",
        disabled=not chosen, icon=":material/deselect:", help="Choose none.",
    )  # fmt: skip
    name.selectbox(
        "Class for the chosen images", names, index=None, key="search-class",
        placeholder="Class for the chosen images" if names else "No classes yet: see Prompts",
        label_visibility="collapsed", disabled=not names,
    )  # fmt: skip
    act.button(
        f"Label {len(chosen):,}" if chosen else "Label", type="primary", key="search-label",
        width="stretch", on_click=_label, args=(project, chosen),
        disabled=not chosen or not st.session_state.get("search-class"),
        help="Saved at once, undone in one step.",
    )  # fmt: skip
    if _BATCH in st.session_state:
        _, count, given = st.session_state[_BATCH]
        said, back = st.columns([6, 2], vertical_alignment="center")
        said.success(f"{count:,} images labeled {plain(given)}; saved.")
        back.button(
            "Undo", key="search-undo", on_click=_undo, args=(project,), width="stretch",
            icon=":material/undo:",
        )  # fmt: skip


def _label(project: Project, ids: list[str]) -> None:
    name = st.session_state.get("search-class")
    if name and ids:
        batch = project.labels.add([Event(i, name) for i in ids], session.annotator(), "search")
        st.session_state[_BATCH] = (batch, len(ids), name)
        pick([])


def _undo(project: Project) -> None:
    project.labels.undo(st.session_state.pop(_BATCH)[0], session.annotator())
