"""Who works in a workspace, and with which role: ``people.json``.

Without that file everybody who gets in may do everything. It always names somebody who owns.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of, write_atomic
from core.runtime.spelling import alike, clean, fault
from core.store.lock import changing
from core.store.people.roles import OWNS, Role

FILE = "people.json"
MOST = 1_000


class Person(BaseModel):
    """Somebody who works in a workspace.

    Attributes:
        name: as labels have it.
        role: what this person may do, see `core.store.people.roles`.
        login: the e-mail address under which this person signs in, "" for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    role: Role
    login: Annotated[str, Field(max_length=254)] = ""

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        cleaned = clean(name)
        if reason := fault(cleaned):
            raise ValueError(f"the name {reason}")
        return cleaned

    @field_validator("login")
    @classmethod
    def _is_login(cls, login: str) -> str:
        return clean(login).lower()

    def goes_by(self, name: str) -> bool:
        """Whether a name or a login is this person's."""
        return alike(name) == alike(self.name) or bool(
            self.login and clean(name).lower() == self.login
        )


class People(BaseModel):
    """The content of the file. ``people`` in the order in which they were added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    people: Annotated[tuple[Person, ...], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _has_owner(self) -> People:
        names = {alike(person.name) for person in self.people}
        logins = [person.login for person in self.people if person.login]
        if len(names) < len(self.people) or len(set(logins)) < len(logins):
            raise ValueError("two people have one name or one login")
        if not self.owners:
            raise ValueError("nobody owns the workspace")
        return self

    @property
    def owners(self) -> list[str]:
        """Names of those who own the workspace."""
        return [person.name for person in self.people if person.role == OWNS]

    def of(self, name: str) -> Person | None:
        """The person of a name; None for nobody on the list."""
        return next((one for one in self.people if alike(one.name) == alike(name)), None)

    def of_login(self, login: str) -> Person | None:
        """The person who signs in so; None for nobody on the list."""
        login = clean(login).lower()
        return next((one for one in self.people if one.login and one.login == login), None)


def read_people(root: Path) -> People | None:
    """The people of a workspace folder; None where everybody may do everything.

    Raises:
        WinnowError: the file is damaged: nobody may do anything until it is repaired.
    """
    path = root / FILE
    try:
        mark = mark_of(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(path, error) from error
    return _read(path, mark)


@lru_cache(64)
def _read(path: Path, _mark: tuple[int, ...]) -> People:
    try:
        return People.model_validate(inputs.load_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(path, f"{place}: {first['msg']}" if place else first["msg"]) from error
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, why: object) -> WinnowError:
    return WinnowError(
        f"{shown(path)} cannot be read ({why}): it says who may do what, so nothing can be changed "
        "until it is repaired, or deleted to let everybody do everything."
    )


def put(root: Path, person: Person) -> None:
    """Add somebody, or change the role and login of whoever has that name.

    Raises:
        WinnowError: nobody would own the workspace, somebody else has that login, there are too
            many, or the file cannot be read or written.
    """
    same = alike(person.name)

    def change(people: tuple[Person, ...]) -> tuple[Person, ...]:
        if any(alike(one.name) == same for one in people):
            return tuple(person if alike(one.name) == same else one for one in people)
        return (*people, person)

    _change(root, change)


def remove(root: Path, name: str) -> Person:
    """Take somebody off the list; with the last person the list goes, and all may do everything.

    Raises:
        WinnowError: there is no such person, others would be left without an owner, or the file
            cannot be read or written.
    """
    gone: list[Person] = []

    def change(people: tuple[Person, ...]) -> tuple[Person, ...]:
        gone.extend(one for one in people if one.goes_by(name))
        if not gone:
            raise WinnowError(
                f"{shown(name)} is not on the list of people of this workspace: look at it with "
                "winnow people list."
            )
        return tuple(one for one in people if one not in gone)

    _change(root, change)
    return gone[0]


def _change(root: Path, change: Callable[[tuple[Person, ...]], tuple[Person, ...]]) -> None:
    path = root / FILE
    with changing(path):
        before = read_people(root)
        after = change(before.people if before else ())
        if not after:
            path.unlink(missing_ok=True)
            return
        if not any(person.role == OWNS for person in after):
            raise WinnowError(
                "Somebody must own the workspace: add a person with --role owns first."
            )
        try:
            people = People(people=after)
        except ValidationError as error:
            raise WinnowError(
                f"The list of people cannot be so ({error.errors()[0]['msg']}): give everybody a "
                "name and a login of their own."
            ) from error
        write_atomic(path, people.model_dump_json(indent=1, exclude_defaults=False).encode())
