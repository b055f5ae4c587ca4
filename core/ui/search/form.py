"""What is searched for on the Search page: text, example images, filters. Kept in the address."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.images.decode import decoding
from core.images.hash import content_id
from core.images.large.room import screens
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.search import filters
from core.services.search.examples import encode_bytes
from core.services.search.request import Request
from core.ui.search import state
from core.ui.search import words as word_choice
from core.ui.search.results import Example
from core.ui.session import links
from core.ui.shared import captions
from core.ui.shared.columns import filtering as column_filter
from core.ui.shared.columns import grouping, listing
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

PER_PAGE = 96  # an index is asked for no more than a hundred at once
MOST = 1_920  # results that can be paged through; what comes later fits badly
UPLOAD_MEGABYTES = 50
_SORTED_BY = ("path", "width", "height", "size")
_ORDERS = {"": "ascending", "-": "descending"}
_CHIP = 128  # pixels of an uploaded example's picture
_HELP = """
| write | finds |
|---|---|
| `a red dress` | what shows it; plain words are fine |
| `a dress +red -drawing` | dresses, rather red ones, no drawings |
| `2*shoes +0.5*leather` | shoes count four times as much as leather |
| `"rock + roll"` | quotes keep signs as text |

Press **+** below a result for more like it, **−** for less like it; text and examples work
together. A greater score fits better, but only within one search: what is a good score depends on
the text and on the model.
"""
_FILTER_HELP = (
    "Conditions with commas between: width>=800, path^=2024/, confidence<0.5, format=PNG; "
    'names and values with spaces or commas in quotes: "unit price"<3. '
    "Operators: = != < <= > >= ~ (contains) ^= (begins with)."
)


@dataclass(frozen=True, eq=False)
class _Upload:
    name: str
    vector: np.ndarray
    picture: str


def examples(snapshot: Snapshot) -> list[Example]:
    """The images that are searched by, uploads first."""
    shown = [Example(i, "like", u.name, u.picture) for i, u in _uploads().items()]
    pool = snapshot.pool
    for image_id, kind in _marks().items():
        if image_id in pool.rows:
            path = pool.paths[pool.rows[image_id]]
            shown.append(Example(image_id, kind, path, thumbs.url(snapshot.key, image_id)))
    return shown


def press(kind: str, image_id: str) -> None:
    """Search by an image, or no longer."""
    marks = _marks()
    marks.pop(image_id, None)
    if kind == "remove":
        _uploads().pop(image_id, None)
    else:
        marks[image_id] = kind
    _remember(marks)


def clear() -> None:
    """Search for nothing."""
    _remember({})
    _uploads().clear()
    for key in (state.TEXT, state.SORT, state.GROUP, *state.FILTERS):
        st.session_state.pop(key, None)


def draw(snapshot: Snapshot, predictions: Predictions | None = None) -> Request | None:
    """Draw the form; the request it stands for, or None while there is nothing to search for.

    Filters alone are enough: they list all images that pass. So are groups.

    Args:
        predictions: by whose classes results can be grouped.
    """
    with st.container(key="controls-search"):
        cells = st.columns([8, 3, 4, 4, 4, 2], vertical_alignment="bottom")
    text, image, narrow, order, groups, explain = cells
    words = text.text_input(
        "Search", key=state.TEXT, type="search", bind="query-params", label_visibility="collapsed",
        placeholder="What should the images show? For example: a red dress -drawing",
        icon=":material/search:", max_chars=2_000,
    )  # fmt: skip
    with image.popover(
        "Image", icon=":material/image_search:", width="stretch", key="search-image"
    ):
        _take_image(snapshot)
    where = _filters(narrow, snapshot, bool(captions.of(snapshot)))
    sort = _sort(order, snapshot)
    group = grouping.choose(snapshot, state.GROUP, predictions, groups, bare=True)
    with explain.popover(
        "", icon=":material/help:", width="stretch", help="How to write", key="search-help"
    ):
        st.markdown(_HELP)
    by, words_in = word_choice.draw(snapshot)
    rows = snapshot.pool.rows
    marks = {i: kind for i, kind in _marks().items() if i in rows}
    if not (words or "").strip() and not marks and not _uploads() and not where and not sort:
        if group is None:
            return None
        sort = "path"  # all images, in groups
    return Request(
        text=words or "",
        like=tuple(i for i, kind in marks.items() if kind == "like"),
        unlike=tuple(i for i, kind in marks.items() if kind == "unlike"),
        vectors=tuple(upload.vector for upload in _uploads().values()),
        where=where,
        min_score=st.session_state.get(state.LEAST),
        sort=sort,
        by=by,
        words_in=words_in,
    )


def _take_image(snapshot: Snapshot) -> None:
    """Upload a picture, or name one of the collection by its path."""
    turn = st.session_state.setdefault(state.UPLOADER, 0)
    file = st.file_uploader(
        "A picture from this computer", key=f"search-upload-{turn}",
        max_upload_size=UPLOAD_MEGABYTES, help="It is only searched with, not added to the folder.",
    )  # fmt: skip
    if file is not None:
        try:
            _uploads()[content_id(file.getvalue())] = _upload(snapshot, file.getvalue(), file.name)
        except WinnowError as error:
            st.error(plain(error))
            return
        st.session_state[state.UPLOADER] = turn + 1  # an empty one, for the next
        st.rerun()
    path = st.text_input(
        "Or an image of the folder, by its path", key=state.PATH,
        placeholder="2024/photo-17.jpg",
    )  # fmt: skip
    if path and path.strip():
        row = _row_at(snapshot, path)
        if row is None:
            st.error(f"There is no image named {plain(path.strip())} in the folder.")
        else:
            st.button(
                "Search by it", key="search-by-path", on_click=press,
                args=("like", snapshot.pool.ids[row]),
            )  # fmt: skip


def _row_at(snapshot: Snapshot, typed: str) -> int | None:
    """The image at a path within the folder, or at an absolute one as a file manager copies it."""
    rows, folder = snapshot.pool.rows_by_path, snapshot.workspace.images
    meant = typed_path(typed)
    inside = meant.relative_to(folder) if meant.is_relative_to(folder) else meant
    names = (typed, typed.strip(), inside.as_posix())
    return next((rows[name] for name in names if name in rows), None)


def _upload(snapshot: Snapshot, data: bytes, name: str) -> _Upload:
    vector = encode_bytes(snapshot.encoder, data, name)
    buffer = io.BytesIO()
    with decoding(data, name, 2 * _CHIP, screens().lease()) as decoded:
        decoded.image.thumbnail((_CHIP, _CHIP))
        decoded.image.save(buffer, "JPEG")
    code = base64.b64encode(buffer.getvalue()).decode()
    return _Upload(name, vector, f"data:image/jpeg;base64,{code}")


def _filters(
    place: st.delta_generator.DeltaGenerator, snapshot: Snapshot, captioned: bool
) -> tuple[str, ...]:
    names = snapshot.names
    used = sum(
        bool(st.session_state.get(key)) and st.session_state.get(key) != "all"
        for key in state.FILTERS
    )
    with place.popover(
        f"Filters ({used})" if used else "Filters", icon=":material/filter_list:", width="stretch",
        key="search-filters",
    ):  # fmt: skip
        name = st.selectbox(
            "Class", names, index=None, key=state.CLASS_FILTER, bind="query-params",
            placeholder="all classes", help="Predicted, or given by a person.", disabled=not names,
        )  # fmt: skip
        caption = st.text_input(
            "Caption contains", key=state.CAPTION, bind="query-params", disabled=not captioned,
            placeholder="any text" if captioned else "no captions yet: see Data",
            help="Words of the captions that you imported, wherever they stand; case does not "
            "matter.",
        )  # fmt: skip
        labeled = st.segmented_control(
            "Labels", ["all", "labeled", "not labeled"], default="all", key=state.LABELED,
            required=True, bind="query-params",
        )  # fmt: skip
        columns = column_filter.draw(snapshot, state.COLUMN)
        written = st.text_input(
            "Conditions", key=state.WHERE, bind="query-params", help=_FILTER_HELP,
            placeholder="width>=800, path^=2024/",
        )  # fmt: skip
        st.number_input(
            "Least score", value=None, key=state.LEAST, step=0.05, format="%.2f",
            placeholder="no limit", bind="query-params",
        )  # fmt: skip
    conditions = [*filters.split(written or ""), *columns]
    conditions += [f"class={name}"] if name else []
    words = " ".join((caption or "").split()) if captioned else ""
    conditions += [f"caption~{words}"] if words else []
    conditions += {"labeled": ["label!="], "not labeled": ["label="]}.get(str(labeled), [])
    return tuple(conditions)


def _sort(place: st.delta_generator.DeltaGenerator, snapshot: Snapshot) -> str:
    """Draw what results are sorted by; a column, with "-" in front for the greatest first."""
    columns = [*listing.of(snapshot), *_SORTED_BY]
    orders = {f"{sign}{column}": f"{plain(column)}, {title}"
              for column in columns for sign, title in _ORDERS.items()}  # fmt: skip
    chosen_order = place.selectbox(
        "Sort", list(orders), index=None, key=state.SORT, bind="query-params",
        placeholder="Best first", label_visibility="collapsed",
        format_func=lambda order: orders.get(order, order),
    )  # fmt: skip
    return chosen_order or ""


def _uploads() -> dict[str, _Upload]:
    uploads: dict[str, _Upload] = st.session_state.setdefault(state.UPLOADS, {})
    return uploads


def _marks() -> dict[str, str]:
    """Image id → "like" or "unlike"."""
    return dict(st.session_state.get(state.MARKS, {}))


def _remember(marks: dict[str, str]) -> None:
    st.session_state[state.MARKS] = marks


def read_address() -> None:
    """Take the example images of an address that somebody came with or went back to."""
    parts = {kind: links.news(kind) for kind in ("like", "unlike")}
    if any(part is not None for part in parts.values()):
        _remember({i: kind for kind, part in parts.items() for i in links.image_ids(part or "")})


def keep_in_address() -> None:
    """Write the example images into the address, so that it can be kept and sent."""
    for kind in ("like", "unlike"):
        ids = [i for i, mark in _marks().items() if mark == kind]
        links.keep(kind, links.of_images(ids))
