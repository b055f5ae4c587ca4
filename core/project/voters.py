"""The encoders that vote in a question, as its workspace keeps them, and their vectors."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path

from core.encoders.registry import known_identity
from core.project.pool import Pool, load_pool, pool_version
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.people.gate import doing
from core.store.people.roles import SETTINGS
from core.store.workspace import EncoderRecord, Workspace

_FILE = "voters.json"


def voters_in(home: Path) -> tuple[str, ...]:
    """The specs of the encoders that vote in a question; empty where the active one decides alone.

    Args:
        home: folder of the question, `Workspace.home`.

    Raises:
        WinnowError: the file cannot be read, or is damaged.
    """
    file = home / _FILE
    if not file.exists():
        return ()
    with storage_errors(file):
        try:
            content = inputs.load_json(file)
        except ValueError:
            content = None
    if not isinstance(content, list) or not all(isinstance(spec, str) for spec in content):
        raise WinnowError(
            f"The file {file} is damaged: delete it to let the active encoder decide alone."
        )
    return tuple(content)


def keep_voters(home: Path, specs: Sequence[str]) -> None:
    """Have encoders vote in a question from now on; none for the active one alone.

    Raises:
        WinnowError: it cannot be written.
    """
    file = home / _FILE
    about = f"voting: {', '.join(specs)}" if specs else "the active encoder decides alone"
    with doing(home, SETTINGS, about), storage_errors(home):
        if specs:
            write_atomic(file, json.dumps(list(specs)).encode())
        else:
            file.unlink(missing_ok=True)


def records_of(workspace: Workspace, specs: Sequence[str]) -> list[EncoderRecord]:
    """The encoders of some specs that have vectors here, without the active one.

    Where the weights of a spec have changed since, those of now count.
    """
    result: dict[str, EncoderRecord] = {}
    for record in workspace.encoders():
        if record == workspace.encoder or record.spec not in specs:
            continue
        if record.spec not in result or record.identity == known_identity(record.spec):
            result[record.spec] = record
    return [result[spec] for spec in dict.fromkeys(specs) if spec in result]


def pool_of(workspace: Workspace, record: EncoderRecord) -> Pool:
    """The images with the vectors of an encoder that is not the active one."""
    return load_pool(replace(workspace, encoder=record))


def versions(workspace: Workspace, specs: Sequence[str]) -> tuple[Hashable, ...]:
    """A cheap value that changes when the vectors of those that vote change; empty for none."""
    if not specs:
        return ()
    records = records_of(workspace, specs)
    return tuple(pool_version(replace(workspace, encoder=record)) for record in records)
