"""What cannot be done is said in one sentence on the page, and can be tried again where it helps.

A page or fragment says what it cannot draw in place. A widget's callback has no place on the page:
what it could not do is said when the page is drawn next, and what was typed stays in its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st

from core.runtime.errors import StorageError, WinnowError
from core.ui.widgets.text import plain

P = ParamSpec("P")
_FAILED, _SHOWN = "trouble", "trouble-shown"
"""Keys of the session state: what the last callback could not do, with how to try again if it may;
which part of the page says it."""
_ABOVE = "above"


def careful(callback: Callable[P, object]) -> Callable[P, None]:
    """A widget's callback whose `WinnowError` is said by ``show``; see there."""

    @wraps(callback)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> None:
        st.session_state.pop(_FAILED, None)
        st.session_state.pop(_SHOWN, None)
        try:
            callback(*args, **kwargs)
        except WinnowError as error:
            again = (lambda: attempt(*args, **kwargs)) if isinstance(error, StorageError) else None
            st.session_state[_FAILED] = (str(error), again)

    return attempt


def failed() -> bool:
    """Whether the last callback could not do what it should."""
    return _FAILED in st.session_state


def show(part: str = _ABOVE) -> None:
    """Say what the last callback could not do.

    Where it failed at a disk or a file, the sentence stays, with a button that does the same again;
    anything else is said once.

    Args:
        part: of the page, which says it from then on: fragments lie in one another.
    """
    if not failed() or st.session_state.setdefault(_SHOWN, part) != part:
        return
    text, again = st.session_state[_FAILED]
    if again is None:
        st.error(plain(text))
        del st.session_state[_FAILED]
        return
    sentence, retry = st.columns([6, 1], vertical_alignment="center")
    sentence.error(f"{plain(text)} Nothing that you typed is lost.")
    retry.button("Try again", key="trouble-again", on_click=again, width="stretch")


@contextmanager
def above() -> Iterator[None]:
    """``show`` above what the block draws, unless a fragment in it does."""
    st.session_state.pop(_SHOWN, None)
    place = st.container() if failed() else None
    try:
        yield
    finally:  # a page may stop early
        if place is not None and _SHOWN not in st.session_state:
            with place:
                show()


@contextmanager
def in_place() -> Iterator[None]:
    """A `WinnowError` of the block is said here, instead of what the block would have drawn."""
    try:
        yield
    except WinnowError as error:
        st.error(plain(error))


def fragment(draw: Callable[P, object]) -> Callable[P, Any]:
    """``st.fragment`` that begins with ``show`` and says in place what it cannot draw."""

    @st.fragment
    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        show(f"{draw.__module__}.{draw.__qualname__}")
        with in_place():
            draw(*args, **kwargs)

    return drawn


def handled(error: Exception) -> bool:
    """Say an error that no page caught; False for what is a bug, which the server shows itself."""
    if isinstance(error, WinnowError):
        st.error(plain(error))
        return True
    return False
