"""The tuned encoders that stand on the one in use: what was measured of each, to be handed on and
removed; and those that others handed on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import pandas as pd
import streamlit as st

from core.encoders.tuned import files
from core.encoders.tuned.files import Header
from core.runtime import inputs
from core.services.tuning.managing import tuned_on
from core.store.people.roles import EMBED
from core.ui.session import rights, trouble
from core.ui.widgets.text import plain

_ONE, _UPLOADER = "tuning-kept", "tuning-handed-on"
_WAYS = {"text_to_image": "text → image", "image_to_text": "image → text"}
_UNKNOWN = "–"


def show(base: str, active: str) -> None:
    """Draw the list of those on ``base``, and what can be done with one; ``active`` is in use."""
    headers = tuned_on(base)
    name = f"Tuned models: {len(headers)}" if headers else "Tuned models"
    with st.expander(name, key="tuning-kept-all"):
        if headers:
            table = pd.DataFrame([_row(header, active) for header in headers])
            st.dataframe(table, hide_index=True, width="stretch", key="tuning-kept-table")
            _one({header.name: header for header in headers}, active)
        _take_over()


def _row(header: Header, active: str) -> dict[str, str]:
    pairs = header.figures.get("pairs")
    return {
        "model": f"{files.PREFIX}{header.name}",
        "in use": "yes" if active == f"{files.PREFIX}{header.name}" else "",
        "learned from": str(header.figures.get("words") or _UNKNOWN)[:200],
        "pairs": f"{pairs:,}" if isinstance(pairs, int) else _UNKNOWN,
        **{f"MRR {name}": _rise(header.figures, way) for way, name in _WAYS.items()},
        "depth": "deep" if header.lora else "quick",
    }


def _rise(figures: Mapping[str, Any], way: str) -> str:
    """How the mean reciprocal rank rose on pairs not learned from; a dash where a file does not
    say so."""
    try:
        before, after = (
            float(figures["test"][part][way]["mrr"]["value"]) for part in ("baseline", "tuned")
        )
    except (KeyError, TypeError, ValueError):
        return _UNKNOWN
    return f"{before:.3f} → {after:.3f}"


def _one(headers: Mapping[str, Header], active: str) -> None:
    if st.session_state.get(_ONE) not in headers:
        st.session_state[_ONE] = next(iter(headers))
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    header = headers[left.selectbox("One of them", list(headers), key=_ONE)]
    middle.download_button(
        "Hand on", lambda: inputs.read_bytes(header.path, files.MOST_BYTES), header.path.name,
        "application/octet-stream", key="tuning-hand-on", on_click="ignore", width="stretch",
        icon=":material/download:", help="One file: whoever has it and the model below it can use "
        "it, here or with winnow embed --model tuned:FILE.",
    )  # fmt: skip
    used = active == f"{files.PREFIX}{header.name}"
    with right.popover("Remove", disabled=used, width="stretch", key="tuning-remove"):
        st.write(plain(f"{header.name} is deleted for every folder that uses it. "
                       "Labels, prompts and captions stay."))  # fmt: skip
        st.button(
            "Delete it", key="tuning-delete", on_click=trouble.careful(_remove), args=(header.name,)
        )
    if used:
        st.caption("The one in use cannot be removed: go back to another one first.")


def _remove(name: str) -> None:
    rights.require(EMBED)
    files.remove(name)
    st.toast(plain(f"{name} is deleted."))


def _take_over() -> None:
    turn = st.session_state.setdefault(_UPLOADER, 0)
    key = f"{_UPLOADER}-{turn}"
    st.file_uploader(
        "Take over one that somebody handed on", type=[files.ENDING.removeprefix(".")], key=key,
        max_upload_size=files.MOST_BYTES // 1_000_000, on_change=trouble.careful(_taken),
        args=(key,), help="The .safetensors file; it keeps the name of the file.",
    )  # fmt: skip


def _taken(key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[_UPLOADER] += 1  # an empty one, for the next
    rights.require(EMBED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PurePath(file.name).name
        path.write_bytes(file.getbuffer())
        header = files.add(path)
    st.toast(plain(f"{header.name} can be used now, on {header.base}."))
