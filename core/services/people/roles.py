"""People with roles: listed, added and removed by who may."""

from __future__ import annotations

from pydantic import ValidationError

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.store.people import people_file
from core.store.people.gate import doing
from core.store.people.people_file import Person
from core.store.people.roles import PEOPLE, ROLES, Role
from core.store.workspace import Workspace

MEANINGS: dict[Role, str] = {
    "labels": "labels images and tags, and takes own answers back",
    "reviews": "labels, settles where people disagree, signs folders, sees who did what",
    "owns": "does everything: classes, imports, exports, settings, people",
}
"""What each role may, for people."""


def people_of(workspace: Workspace) -> list[Person]:
    """The people of a workspace in the order in which they came; nobody where all may do all.

    Raises:
        WinnowError: the list is damaged.
    """
    people = people_file.read_people(workspace.root)
    return list(people.people) if people else []


def add(workspace: Workspace, name: str, role: str, login: str = "") -> Person:
    """List somebody with a role, or change that of whoever has the name.

    Args:
        login: the e-mail address under which this person signs in; "" for none.

    Raises:
        WinnowError: the name or the role is none, nobody would own the workspace, somebody else
            has that login, it cannot be written, or whoever acts may not.
    """
    try:
        person = Person.model_validate({"name": name, "role": role, "login": login})
    except ValidationError as error:
        first = error.errors()[0]
        wrong = str(first["loc"][0]) if first["loc"] else "person"
        raise WinnowError(
            f"The {wrong} cannot be so ({first['msg']}): a name has 1 to 80 letters, and a role is "
            f"{', '.join(ROLES[:-1])} or {ROLES[-1]}."
        ) from error
    signs_in = f", signs in as {person.login}" if person.login else ""
    with doing(workspace.root, PEOPLE, f"{shown(person.name)} {person.role}{signs_in}"):
        people_file.put(workspace.root, person)
    return person


def remove(workspace: Workspace, name: str) -> Person:
    """Take somebody off the list; their labels stay.

    Raises:
        WinnowError: there is no such person, others would be left without an owner, it cannot be
            written, or whoever acts may not.
    """
    with doing(workspace.root, PEOPLE, f"{shown(name)} removed"):
        return people_file.remove(workspace.root, name)
