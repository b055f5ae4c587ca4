"""The picture that is tried: where it comes from, and how it is shown."""

from __future__ import annotations

import base64
import io
import random
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.images.decode import decoding
from core.images.large.room import screens
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.try_one import picture
from core.services.try_one.picture import Picture
from core.ui.session import session, trouble
from core.ui.try_one import state
from core.ui.widgets import thumbs

MEGABYTES = 50
_SIDE = 640  # pixels of the picture on the page


@dataclass(frozen=True, eq=False)
class Held:
    """A picture on the page.

    Attributes:
        data: the file's bytes; empty for one of the collection.
        address: what the browser shows.
        model: identity of the encoder that its vector is of.
    """

    picture: Picture
    data: bytes
    address: str
    model: str


def current(snapshot: Snapshot) -> Held | None:
    """The picture that is tried now.

    What was of another encoder, or has come into the collection since, is taken anew.
    """
    held: Held | None = st.session_state.get(state.HELD)
    if held is None:
        return None
    row = snapshot.pool.rows.get(held.picture.id)
    if held.picture.row == row and held.model == snapshot.encoder.identity:
        return held
    if row is not None:
        _hold(snapshot, picture.of_row(snapshot, row), b"")
    elif held.data:
        _hold(snapshot, picture.of_bytes(snapshot, held.data, held.picture.name), held.data)
    else:
        del st.session_state[state.HELD]
    return st.session_state.get(state.HELD)


def ask(snapshot: Snapshot) -> None:
    """Draw the ways to name a picture."""
    turn = st.session_state.setdefault(state.UPLOADER, 0)
    with st.container(key="try-drop"):
        st.file_uploader(
            "Drop a picture, or paste one with Ctrl+V", key=f"try-upload-{turn}",
            max_upload_size=MEGABYTES, on_change=trouble.careful(_dropped),
            args=(f"try-upload-{turn}",), help="It is only looked at until you add it.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Or its address on disk", key=state.PATH, on_change=trouble.careful(_named),
            placeholder="2024/photo-17.jpg", help="Within the image folder, or anywhere that this "
            "server may look.",
        )  # fmt: skip
        st.button(
            "One of the collection", key="try-random", icon=":material/casino:",
            on_click=trouble.careful(_drawn), help="Take any of its pictures.",
        )  # fmt: skip


def show(held: Held) -> None:
    """Draw the picture."""
    name = escape(held.picture.name, quote=True)
    st.html(
        f'<img alt="{name}" title="{name}" src="{held.address}" style="max-width:100%;'
        'max-height:320px;border-radius:4px;display:block">'
    )


def _dropped(key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[state.UPLOADER] += 1  # an empty one, for the next
    snapshot = session.require_snapshot()
    data = file.getvalue()
    tried = picture.of_bytes(snapshot, data, file.name)
    _hold(snapshot, tried, data)


def _named() -> None:
    typed = (st.session_state.get(state.PATH) or "").strip()
    if not typed:
        return
    snapshot, path = session.require_snapshot(), typed_path(typed)
    if (row := picture.row_at(snapshot, path)) is not None:
        _hold(snapshot, picture.of_row(snapshot, row), b"")
        return
    if not path.is_absolute():
        raise WinnowError(f"There is no picture {typed!r} in the folder: check its address.")
    with picture.reading(path, lambda: snapshot.encoder.draft_px) as (data, lease):
        tried = picture.of_bytes(snapshot, data, path.name, lease)
    _hold(snapshot, tried, data)


def _drawn() -> None:
    snapshot = session.require_snapshot()
    _hold(snapshot, picture.of_row(snapshot, random.randrange(len(snapshot))), b"")


def _hold(snapshot: Snapshot, tried: Picture, data: bytes) -> None:
    """Put a picture on the page; one of the collection needs no bytes."""
    if tried.row is not None:
        data, address = b"", thumbs.url(snapshot.key, tried.id, "picture")
    else:
        address = _small(data, tried.name)
    st.session_state[state.HELD] = Held(tried, data, address, snapshot.encoder.identity)


def _small(data: bytes, name: str) -> str:
    """A picture of the page's size as an address that holds it."""
    buffer = io.BytesIO()
    with decoding(data, name, _SIDE, screens().lease()) as decoded:
        decoded.image.thumbnail((_SIDE, _SIDE))
        decoded.image.save(buffer, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
