"""The table of a tuning as files: every figure is in them, and a picture can be opened."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoders.base import unit_rows
from core.learn.tuning.judging import compare
from core.learn.tuning.pairs import Pairs
from core.runtime.errors import WinnowError
from core.services.tuning import table
from core.services.tuning.outcome import Outcome


def outcome() -> Outcome:
    random, rows = np.random.default_rng(0), np.arange(60)
    images = unit_rows(random.normal(size=(60, 8)))
    before = Pairs(images, unit_rows(random.normal(size=(60, 8))), rows, rows, rows)
    gains = compare(before, replace(before, texts=unit_rows(before.texts + images)))
    history = [{"step": 0.0, "loss": 4.0, "mrr": 0.1}, {"step": 60.0, "loss": 3.0, "mrr": 0.4}]
    return Outcome(
        "shop", "tuned:shop", "starter", True, "It rose, and nothing else fell.", 1.0, 60,
        (40, 10, 10), 0, 0, "{title}", gains, gains, [], history,
    )  # fmt: skip


def test_a_line_of_the_csv_is_a_measure_with_its_intervals() -> None:
    result = outcome()
    lines = list(csv.DictReader(io.StringIO(table.as_csv(result).decode())))
    assert len(lines) == 2 * 2 * 4
    content = json.loads(table.as_json(result))
    for line in lines:
        figures = content[line["judged_on"]]
        for part in table.PARTS:
            own = figures[part][line["direction"]][line["measure"]]
            for end, key in (("", "value"), ("_low", "low"), ("_high", "high")):
                assert float(line[part + end]) == pytest.approx(own[key], abs=1e-6)


def test_the_picture_has_table_and_curve_and_grows_with_them() -> None:
    with Image.open(io.BytesIO(table.as_png(outcome()))) as drawn:
        whole = drawn.size
        colours = {colour for _, colour in drawn.convert("RGB").getcolors(1 << 20) or []}
    assert {(31, 119, 180), (214, 96, 20)} <= colours
    nothing = replace(
        outcome(), accepted=False, test=None, validation=None, history=(), why="word " * 60
    )
    with Image.open(io.BytesIO(table.as_png(nothing))) as drawn:
        assert drawn.size[0] <= whole[0] and drawn.size[1] < whole[1]
    assert len(table.as_csv(nothing).splitlines()) == 1


def test_the_ending_says_what_is_written(tmp_path: Path) -> None:
    for ending, start in ((".csv", b"judged_on,"), (".json", b"{"), (".PNG", b"\x89PNG")):
        path = tmp_path / f"table{ending}"
        table.write(outcome(), path)
        assert path.read_bytes().startswith(start)
    with pytest.raises(WinnowError, match=r"table\.txt cannot be written"):
        table.write(outcome(), tmp_path / "table.txt")
