"""Signing a folder: random pages of what would go into it, in the grid of exceptions."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.services.export.promises import reasons, signing, words
from core.services.export.promises.signing import Folder
from core.services.label.grid import waiting
from core.services.label.queue import first_free
from core.services.label.tally import tally
from core.store.labels.answers import Labels
from core.ui.label import answers, apart, state
from core.ui.label.labeler import called_wrong, classes_of, grid, groups_of, thousandths
from core.ui.session import session, trouble
from core.ui.shared import progress, strip
from core.ui.shared.state import TO_SIGN
from core.ui.widgets import titled
from core.ui.widgets.colours import class_colour
from core.ui.widgets.text import plain

PAGE, AHEAD = 24, 3  # images a page, and pages the browser holds
_ENDED = "Nothing more to look at in this folder."
_WITH_OTHERS = "All that is left of this folder is on other people's screens."


@trouble.fragment
def by_signature(classes: Vocabulary) -> None:
    """Draw the choice of a folder and its next random page; each page runs this fragment alone."""
    project = session.require_project()
    taken = answers.take(project.labels, state.SIGN)
    _follow_wrong(titled.picked(state.SIGNED_FOLDER))
    snapshot = project.snapshot(classes)
    predictions, _ = answers.predictions(snapshot)
    strip.refresh(snapshot)
    if progress.of_learning(snapshot, predictions):
        return
    standing = {folder.name: folder for folder in signing.folders(snapshot)}
    folder = standing.get(_controls(snapshot, predictions, standing))
    if folder is None:
        st.info(
            "Begin, and random images of what would go into this folder are shown, page by page. "
            "Mark the wrong ones and confirm the rest: when enough are right, it is signed."
        )
        return
    _state(folder)
    taken, drawn = answers.drawn(
        state.SIGN, taken, lambda: _drawn(snapshot, predictions, folder, project.labels)
    )
    ended = _WITH_OTHERS if folder.state.state == "open" else _ENDED
    # Without pages it stays, so that the last page can be taken back.
    grid(state.SIGN, taken, drawn["classes"], drawn["groups"], drawn["pages"], ended)


def _controls(snapshot: Snapshot, predictions: Predictions, standing: dict[str, Folder]) -> str:
    """Which folder is looked at, at which level, and the beginning of it; returns its class."""
    wanted = st.session_state.pop(TO_SIGN, None)
    if wanted in snapshot.names:
        st.session_state[state.SIGNED_FOLDER] = wanted
    left = waiting(snapshot, predictions)

    def title(name: str) -> str:
        folder = standing.get(name)
        return f"{name} · {words.standing(folder) if folder else f'{left.get(name, 0):,} images'}"

    with st.container(key="controls-sign"):
        which, level, begin = st.columns([4, 2, 2], vertical_alignment="bottom")
    name = str(titled.selectbox(which, "Folder", snapshot.names, state.SIGNED_FOLDER, title))
    percent = level.number_input(
        "At least % right", 50.0, 99.9, 95.0, 0.5, "%g", key=state.SIGNED_LEVEL,
        help="With 95 % confidence. A folder of hundreds takes about 70 images at 95 % if all are "
        "right, one of 98 % almost 200; small folders take fewer.",
    )  # fmt: skip
    begin.button(
        "Begin anew" if name in standing else "Begin", key="sign-begin", width="stretch",
        icon=":material/draw:", disabled=not left.get(name), on_click=trouble.careful(_begin),
        args=(snapshot, predictions, name, round(percent / 100, 6)),
        help="Settles what would go into the folder by the predictions as they are now. Labels of "
        "an earlier signing stay.",
    )  # fmt: skip
    return name


def _begin(snapshot: Snapshot, predictions: Predictions, name: str, level: float) -> None:
    signing.begin(snapshot, predictions, name, level)


def _state(folder: Folder) -> None:
    """Where it stands after the last page, and what that sends to review."""
    now, level = folder.state, reasons.share(folder.level)
    seen = f"{now.looks:,} looked at, {now.wrong:,} of them wrong."
    out = len(folder.ids) - folder.sorted_images
    if folder.is_signed:
        st.success(
            f"Signed: at least {level} of {folder.sorted_images:,} images are right, with 95 % "
            f"confidence. {seen} {out:,} images of it stay out. Export writes it as signed.",
            icon=":material/verified:",
        )
    elif now.state == "failed":
        st.error(
            f"Too many are wrong to sign even the surest part of it at {level}. {seen} Its labels "
            "teach the model: begin anew when it has learned, or take a lower level."
        )
    elif now.threshold:
        st.warning(
            f"The whole folder is not right often enough, so only its surest images are signed "
            f"now, from probability {now.threshold:.2f} on: {folder.sorted_images:,} images, and "
            f"{out:,} go to review. {seen} {now.looks_left:,} more right ones sign it."
        )
    else:
        st.caption(plain(f"{seen} {now.looks_left:,} more right ones sign it at {level}."))


def _drawn(
    snapshot: Snapshot, predictions: Predictions, folder: Folder, store: Labels
) -> dict[str, Any]:
    """What the element shows: classes and the next random pages."""
    ids: list[str] = []
    if folder.state.state == "open":
        # Who signs beside others goes on behind what they look at: looks count in the list's order.
        order, since = folder.next_ids(len(folder.ids)), snapshot.labels.version[0]
        ids = first_free(store, order, session.name(), PAGE * AHEAD, since)
    answers.asked(ids)
    pages = [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]
    counts = list(tally(snapshot).counts.values())
    return {
        "classes": classes_of(snapshot.names, counts),
        "groups": groups_of(snapshot.tree),
        "pages": [_page(snapshot, predictions, folder.name, page) for page in pages],
    }


def _page(
    snapshot: Snapshot, predictions: Predictions, name: str, ids: list[str]
) -> dict[str, Any]:
    """One page as the element shows it; each image is answered for itself."""
    rows = [snapshot.pool.rows[i] for i in ids]
    items = [
        item | {"probabilities": thousandths(predictions.probabilities[row]), "alike": []}
        for row, item in zip(rows, apart.described(snapshot, rows), strict=True)
    ]
    k = predictions.names.index(name)
    mark = f"sign-{ids[0]}-{len(ids)}"
    return {"id": mark, "name": name, "index": k, "colour": class_colour(k), "items": items}


def _follow_wrong(name: str | None) -> None:
    """Keep what the element calls wrong without a class, and forget what it took back."""
    if name is None:
        return
    project = session.require_project()
    seen: dict[str, list[str]] = st.session_state.setdefault(state.SIGN_WRONG, {})
    before = [i for of in seen.values() for i in of]
    now = [i for i in called_wrong(state.SIGN) if i in st.session_state.get(state.ASKED, set())]
    fresh = [i for i in now if i not in before]
    if fresh:
        signing.call_wrong(project.workspace, name, fresh)
        seen[name] = [*seen.get(name, []), *fresh]
    for own, ids in seen.items():
        if back := [i for i in ids if i not in now]:
            signing.take_back(project.workspace, own, back)
            seen[own] = [i for i in ids if i in now]
