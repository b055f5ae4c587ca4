"""Pages of a folder to sign: two people never look at the same images, and all looks count."""

from __future__ import annotations

import numpy as np

from core.project.project import Project
from core.services.export.promises import signing
from core.services.export.promises.signing import Folder
from core.services.label.queue import first_free
from core.services.predict.predicting import predict
from core.store.labels.base import Event


def begun(project: Project) -> Folder:
    snapshot = project.snapshot()
    predictions = predict(snapshot)
    most = int(np.bincount(predictions.assigned).argmax())
    return signing.begin(snapshot, predictions, predictions.names[most], 0.5)


def page(project: Project, folder: Folder, client: str, count: int) -> list[str]:
    since = project.snapshot().labels.version[0]
    return first_free(project.labels, folder.next_ids(len(folder.ids)), client, count, since)


def test_two_people_never_get_the_same_images(project: Project) -> None:
    folder = begun(project)
    name, all_ids = folder.name, folder.ids
    assert len(all_ids) >= 6
    seen: dict[str, list[str]] = {"ann": [], "bob": []}
    while folder.state.next.size:
        ann, bob = page(project, folder, "ann", 2), page(project, folder, "bob", 2)
        assert not set(ann) & set(bob)
        assert page(project, folder, "ann", 2) == ann, "one's own stay"
        # Bob is quicker: his looks wait for those of Ann, which come first in the list.
        looks = folder.state.looks
        for client, ids in (("bob", bob), ("ann", ann)):
            project.labels.add([Event(i, name) for i in ids], client, signing.SOURCE)
            seen[client] += ids
            (folder,) = signing.folders(project.snapshot())
            if client == "bob" and ann:
                assert folder.state.looks == looks
        assert folder.state.looks == sum(map(len, seen.values()))
    assert sorted(seen["ann"] + seen["bob"]) == sorted(all_ids)


def test_what_another_holds_is_not_shown_even_when_nothing_else_is_left(project: Project) -> None:
    folder = begun(project)
    assert len(page(project, folder, "ann", len(folder.ids))) == len(folder.ids)
    assert page(project, folder, "bob", 5) == []
