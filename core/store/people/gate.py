"""The gate that every change of a workspace passes: may whoever acts do this, and who did it.

Whoever changes something calls ``doing`` around it, or ``require`` before and ``note`` after it.
Folders are those of a workspace or of one of its questions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from core.images.names import shown
from core.runtime.acting import Actor, actor
from core.runtime.errors import WinnowError
from core.store.history import activity
from core.store.people.people_file import People, read_people
from core.store.people.roles import OWNS, Act, Role, may
from core.store.workspace import QUESTIONS, is_workspace

_WITHIN: ContextVar[bool] = ContextVar("within", default=False)
_NAMED = 3  # owners that a refusal names

_log = logging.getLogger(__name__)


@dataclass
class Note:
    """What the log is to say of an act."""

    about: str


def role_of(people: People, who: Actor) -> Role | None:
    """The role of a person; None for one who is not on the list, who may only look.

    At the command line of this machine one who is not on the list owns the files.
    """
    person = people.of(who.name)
    if person is not None and (not who.signed or person.name.lower() == who.name.lower()):
        return person.role
    return OWNS if who.local else None


def refusal(home: Path, act: Act) -> str:
    """Why whoever acts may not do something, one sentence; "" where that is allowed.

    Raises:
        WinnowError: the list of people is damaged.
    """
    people, who = read_people(root_of(home)), actor()
    if people is None or who is None:
        return ""
    role = role_of(people, who)
    if role is not None and may(role, act):
        return ""
    able = [one.name for one in people.people if may(one.role, act)][:_NAMED]
    whom = " or ".join(map(shown, able))
    if role is None:
        return (
            f"{shown(who.name)} is not on the list of people of this workspace and cannot "
            f"{act.words}: ask {' or '.join(map(shown, people.owners[:_NAMED]))} to be added."
        )
    return f"{shown(who.name)} {role} here and cannot {act.words}: ask {whom}, who can."


def require(home: Path, act: Act) -> None:
    """WinnowError, with who may, where whoever acts may not do something."""
    if reason := refusal(home, act):
        raise WinnowError(reason)


def note(home: Path, act: Act, about: str) -> None:
    """Put what was done into the log, unless it is part of an act that will be put there.

    The work is done by then: where the log cannot be written, that alone is lost.
    """
    root, who = root_of(home), actor()
    if _WITHIN.get() or not is_workspace(root):
        return
    try:
        activity.note(root, who.name if who else "", act.name, about, _question(home))
    except WinnowError:
        _log.warning("the log of who did what in %s cannot be written", root, exc_info=True)


@contextmanager
def doing(home: Path, act: Act, about: str = "") -> Iterator[Note]:
    """The block does something, which is one line of the log when it has ended well.

    Args:
        about: what; the block may say it better by then.

    Raises:
        WinnowError: whoever acts may not.
    """
    require(home, act)
    line = Note(about)
    outer = _WITHIN.set(True)
    try:
        yield line
    finally:
        _WITHIN.reset(outer)
    note(home, act, line.about)


def root_of(home: Path) -> Path:
    """The workspace's folder, of that of one of its questions."""
    return home.parent.parent if home.parent.name == QUESTIONS else home


def _question(home: Path) -> str:
    return home.name if home.parent.name == QUESTIONS else ""
