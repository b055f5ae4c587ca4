"""A small export with everything in its record that a record can hold."""

from pathlib import Path

import numpy as np
from export.export_builders import assign, run_record

from core.export.options import ExportOptions
from core.export.plan import Plan, Rejected
from core.export.planning import make_plan
from core.export.record.run import RunRecord
from core.export.write import write

NAMES = ["a/1.jpg", "b/1.jpg", "b/2.jpg", "ünï/<b>.jpg"]
OPTIONS = ExportOptions(splits=(0.5, 0.25, 0.25), review_below=0.4, seed=7)
RECORD = run_record(
    labels_digest="feed",
    label_count=3,
    labels={"00ff": "cat"},
    labels_from_file=("00ff",),
    seed=7,
    options={"refine": True},
    metrics={
        "accuracy": 0.81234567,
        "n": 40,
        "per_class": {"cat": {"precision": 0.5, "f1": np.float64(0.66666666)}},
    },
    caveats=["The starter model is a rough one."],
    command=["winnow", "run", "my pictures", "out"],
)


def plan_of(root: Path) -> Plan:
    scores = {"n/a": np.float32(0.1), "cat": 1 / 3}
    entries = [
        assign(root, "b/2.jpg", "cat", probability=1 / 3, margin=float("nan"), source="model"),
        assign(root, "b/1.jpg", "n/a", scores=scores, source="human", flags=("duplicate",)),
        assign(root, "a/1.jpg", "n/a"),
        assign(root, "ünï/<b>.jpg", "cat"),
    ]
    rejected = [Rejected("evil\x1b[2J\nname.jpg", "it is no image")]
    return make_plan(entries, rejected, ["n/a", "cat"], OPTIONS)


def exported(root: Path, out: Path, record: RunRecord = RECORD) -> Path:
    return write(plan_of(root), root, out, record).out
