"""Several processes label while the server is started anew; benchmarks/postgres.py, small."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from servers import PostgresServer

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"


def test_nothing_is_lost_nor_shown_to_two(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    simulate = import_module("postgres").simulate
    figures = simulate(
        postgres, postgres.create("together"), clients=3, labels=30, think=0.02, away=0.6,
        patience=0.3,
    )  # fmt: skip
    assert figures["events"] == figures["expected"] == 90
    assert figures["lost"] == figures["shown to two"] == figures["queues ran empty"] == 0
    assert figures["presses that met the outage"] > 0
    for sentence in figures["sentences"]:
        assert sentence.endswith("does not answer; waiting; nothing is lost.")
