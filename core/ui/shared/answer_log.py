"""Taking the answers that an element keeps in its log. Browser part: ``answer_log.js``.

A browser sends an answer until it is acknowledged, and the label file knows each number of each
client once. So no answer gets lost or counts twice, whether a disk is full, a page is loaded anew
or the server is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import streamlit as st

from core.images.hash import is_image_id
from core.runtime.errors import WinnowError
from core.ui.session import identity, session
from core.ui.widgets import mount

Entry = Mapping[str, Any]
_CLIENT = re.compile(r"[0-9a-f]{8,64}")
_HIGHEST = 2**53 - 1  # of a browser's whole numbers
LONGEST = 1_000
"""Characters of a name that is sent along with an answer."""


@dataclass(frozen=True)
class Taken:
    """What became of the answers of an element.

    Attributes:
        ack: the last sending whose answers are on disk, for the element; None when there is none.
        trouble: why the latest could not be stored, a sentence; "" when they were.
        fresh: those that this call stored.
    """

    ack: Mapping[str, Any] | None
    trouble: str
    fresh: Sequence[Entry]


def entries(element: str) -> list[Entry]:
    """The answers of an element that may not be stored yet, oldest first, for this workspace.

    Each has the name of a ``client`` and a whole number ``seq`` from 1, an image ``id``, and whose
    answer it is, ``by``. Entries without them are left out. What else an entry says comes from a
    browser as it is: look at it before using it.

    Args:
        element: the key under which the element is mounted.
    """
    answers = _sending(element).get("answers")
    if not isinstance(answers, list):
        return []
    own = {"by": session.annotator()}
    signed = own if identity.login() is not None else {}  # nobody else can be named then
    return [{**own, **answer, **signed} for answer in answers if _has_form(answer)]


def take(element: str, store: Callable[[str, str, Sequence[Entry]], object]) -> Taken:
    """Store the answers of an element. What is acknowledged is on disk.

    Args:
        store: takes the name of a client, whose answers they are, and the answers, oldest first;
            called for each client and person. Its `WinnowError` keeps the answers in the browser,
            which sends them again.
    """
    sending, key, counts = _sending(element), f"{element}-stored", f"{element}-counted"
    mark = {"client": sending.get("client"), "sending": sending.get("sending")}
    stored = st.session_state.get(key)
    if not sending or mark == stored:
        return Taken(stored, "", [])
    counted: dict[str, int] = st.session_state.setdefault(counts, {})
    fresh: list[Entry] = []
    try:
        for (client, by), group in groupby(entries(element), lambda e: (e["client"], e["by"])):
            own = list(group)
            store(client, by, own)
            fresh += [entry for entry in own if entry["seq"] > counted.get(client, 0)]
            counted[client] = max(own[-1]["seq"], counted.get(client, 0))
    except WinnowError as error:
        return Taken(stored, str(error), fresh)
    st.session_state[key] = mark
    return Taken(mark, "", fresh)


def of_this_session(entry: Entry) -> bool:
    """Whether an answer was given to this session, not to one of a page or server before it."""
    return bool(entry.get("session", session.name()) == session.name())


def data(taken: Taken) -> dict[str, Any]:
    """What every element with a log is told."""
    return {
        "workspace": session.require_project().key,
        "session": session.name(),
        "annotator": session.annotator(),
        "ack": taken.ack,
        "trouble": taken.trouble,
    }


def is_text(value: Any) -> bool:
    """Whether a value is a name that can be stored."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _sending(element: str) -> Entry:
    """What the element sent last, if it is of the workspace that is open here."""
    sending = mount.value(element, "log")
    if not isinstance(sending, dict) or not isinstance(sending.get("sending"), int):
        return {}
    return sending if sending.get("workspace") == session.require_project().key else {}


def _has_form(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("client"), str)
        and bool(_CLIENT.fullmatch(entry["client"]))
        and isinstance(entry.get("seq"), int)
        and not isinstance(entry["seq"], bool)
        and 0 < entry["seq"] <= _HIGHEST
        and isinstance(entry.get("id"), str)
        and is_image_id(entry["id"])
        and ("by" not in entry or is_text(entry["by"]))
    )
