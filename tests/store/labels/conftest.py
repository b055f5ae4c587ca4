"""Both databases that labels can be in, for the tests of what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import membership

from core.store.labels.answers import Labels, TagLabels
from core.store.labels.postgres import database
from core.store.labels.postgres.labels import PostgresLabels
from core.store.labels.postgres.tags import PostgresTagLabels
from core.store.labels.sqlite import LabelStore
from core.store.labels.tags import TagLabelStore

Openers = tuple[Callable[[Path], Labels], Callable[[Path], TagLabels]]


@pytest.fixture(params=["sqlite", "postgres"])
def openers(request: pytest.FixtureRequest) -> Openers:
    """What opens labels and tag labels at a path, which names a collection of a database."""
    if request.param == "sqlite":
        return LabelStore, TagLabelStore
    url = request.getfixturevalue("label_database")
    return (
        lambda path: PostgresLabels(membership(url, str(path)), ""),
        lambda path: PostgresTagLabels(membership(url, str(path)), ""),
    )


@pytest.fixture(scope="session")
def label_database(postgres) -> Iterator[str]:
    """A database with the tables; its address."""
    yield postgres.create("labels")
    database.close_all()


@pytest.fixture
def open_labels(openers: Openers) -> Callable[[Path], Labels]:
    return openers[0]


@pytest.fixture
def open_tags(openers: Openers) -> Callable[[Path], TagLabels]:
    return openers[1]
