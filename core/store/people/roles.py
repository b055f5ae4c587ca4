"""What people may do: three roles, each of which may all that the one before may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["labels", "reviews", "owns"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the one that may least to the one that may all."""
LABELS, REVIEWS, OWNS = ROLES


@dataclass(frozen=True)
class Act:
    """Something that people do to a workspace.

    Attributes:
        name: in the log of who did what.
        role: the least role that may.
        words: what it is, after "can".
    """

    name: str
    role: Role
    words: str


LABEL = Act("label", LABELS, "label images")
SETTLE = Act("settle", REVIEWS, "settle where people disagree")
SEE = Act("see", REVIEWS, "see who did what")
SIGN = Act("sign-off", REVIEWS, "sign folders")
EXPORT = Act("export", OWNS, "export")
CLASSES = Act("classes", OWNS, "change classes and prompts")
TAGS = Act("tags", OWNS, "change tags")
IMPORT = Act("import", OWNS, "import")
EMBED = Act("embed", OWNS, "embed images")
SETTINGS = Act("settings", OWNS, "change settings")
ASK = Act("questions", OWNS, "add, rename and remove questions")
RESTORE = Act("restore", OWNS, "put a backup back")
PEOPLE = Act("people", OWNS, "say who may do what")
ACTS = (
    LABEL, SETTLE, SEE, SIGN, EXPORT, CLASSES, TAGS, IMPORT, EMBED, SETTINGS, ASK, RESTORE,
    PEOPLE,
)  # fmt: skip


def may(role: Role, act: Act) -> bool:
    """Whether a role may do something."""
    return ROLES.index(role) >= ROLES.index(act.role)
