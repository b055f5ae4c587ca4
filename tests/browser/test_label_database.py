"""Labels in PostgreSQL in a real Chromium: others' labels appear, an outage costs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from servers import PostgresServer

from core.store.labels.answers import Labels
from core.store.labels.base import Event
from core.store.labels.postgres import database
from core.store.labels.postgres.address import VARIABLE
from core.store.labels.stores import open_labels
from core.store.workspace import load

READY = "() => document.querySelector('.wl')?.dataset.image"
SAVED = "() => document.querySelector('.wl')?.dataset.unsaved === '0'"
LABELS = """n => document.querySelector('.wn-strip-line')?.innerText.replace(/\\s+/g, ' ')
  .includes(` ${n} label`)"""
AWAY = re.compile("label database at 127.0.0.1:[0-9]+ does not answer; waiting; nothing is lost")


@pytest.fixture(scope="module", autouse=True)
def labels_are_in_a_database(postgres: PostgresServer) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, postgres.create("browser"))
        yield
        database.close_all()


def press(page, key: str) -> None:
    page.wait_for_function(READY)
    image = page.locator(".wl").get_attribute("data-image")
    page.keyboard.press(key)
    page.wait_for_function("id => document.querySelector('.wl')?.dataset.image !== id", arg=image)


def test_people_on_several_machines_label_together(
    page, embedded, go, picture, workspace, postgres: PostgresServer
) -> None:
    other: Labels = open_labels(load(workspace()))
    go("Label")
    press(page, "1")
    page.wait_for_function(SAVED)
    assert len(other.current()) == 1
    page.wait_for_function(LABELS, arg="1")
    # Somebody labels on another machine: nobody touches this page.
    held = other.claimed_by_others("other")
    assert page.locator(".wl").get_attribute("data-image") in held
    other.add([Event(f"{n:032x}", "animal") for n in range(2)], "bob", "test")
    free = [i for i in _images(workspace()) if i not in held][:4]
    assert set(other.claim(free, "other")) == set(free)
    other.add([Event(i, "animal") for i in free], "bob", "test")
    page.wait_for_function(LABELS, arg="5")

    postgres.stop()
    try:
        page.get_by_text(AWAY).first.wait_for()
        page.keyboard.press("2")
        page.wait_for_function("() => document.querySelector('.wl')?.dataset.unsaved === '1'")
        picture("label-database-away")
    finally:
        postgres.start()
    page.wait_for_function(SAVED)
    page.get_by_text(AWAY).first.wait_for(state="detached")
    assert other.ever() == 8, "two of this page, six of the other"
    picture("label-database")


def _images(root) -> list[str]:
    from core.store.catalog import read_catalog

    return read_catalog(load(root).catalog)["id"].to_list()
