"""The model picker: which encoder, what it is good for, what it would download."""

from __future__ import annotations

import streamlit as st

from core.encoders.registry import ModelEntry, describe, is_cached, list_models, unknown
from core.export.destination import size_text
from core.runtime.errors import WinnowError
from core.ui.session import host
from core.ui.widgets.text import plain


def pick_model(active: str | None) -> str:
    """Draw the picker; returns what was chosen, "" while that is no model.

    Args:
        active: the model whose vectors are in place.
    """
    entries = {entry.spec: entry for entry in list_models()}
    wanted = host.shared.model or active or "starter"
    names = [*entries, *([wanted] if wanted not in entries else []), "other"]
    spec = st.selectbox(
        "Model", names, index=names.index(wanted), key="model",
        format_func=lambda s: _line(entries[s]) if s in entries else s,
    )  # fmt: skip
    if spec == "other":
        spec = st.text_input(
            "Any OpenCLIP model", key="model-other",
            placeholder="ViT-B-16/openai, hf-hub:org/name or local:/folder",
        ).strip()  # fmt: skip
    if spec:
        try:
            _show_cost(spec, entries.get(spec) or _look_up(spec))
        except WinnowError as error:
            st.error(plain(error))
            spec = ""
    return spec


def _line(entry: ModelEntry) -> str:
    if entry.cached:
        cost = "on this machine"
    elif entry.download_bytes:
        cost = f"downloads {size_text(entry.download_bytes)}"
    else:
        cost = "downloads, size unknown"
    return f"{entry.title} — {cost}"


@st.cache_data(ttl=600, show_spinner="Looking the model up…")
def _look_up(spec: str) -> ModelEntry:
    """A model that is not on the list; WinnowError for a name that means nothing."""
    entry = describe(spec)
    if entry is None:
        is_cached(spec)  # says what is wrong with a name that has the form of one
        raise unknown(spec)
    return entry


def _show_cost(spec: str, entry: ModelEntry) -> None:
    """What a model is good for, and what it will download before anything starts."""
    side = f"{entry.resolution} px, " if entry.resolution else ""
    dim = f"{entry.dim} numbers an image, " if entry.dim else ""
    st.caption(f"{entry.advice} {side}{dim}licence: {entry.licence}.")
    if spec == "starter":
        st.info(
            "The starter works offline and is good for a first look. An OpenCLIP model is clearly "
            "more accurate; choose one above to see what its download costs."
        )
    elif not entry.cached:
        size = size_text(entry.download_bytes) if entry.download_bytes else "an unknown amount"
        st.warning(f"Starting will first download {size}.")
