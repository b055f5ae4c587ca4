"""Writing the record: metadata.json for each image, manifest.json for the run as a whole."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core import __version__
from core.export.layout import Layout
from core.export.record.frame import json_blocks, with_brought
from core.export.record.jsonfile import Blocks, write_json
from core.export.record.run import LABEL_RULE, MANIFEST_FORMAT, MANIFEST_VERSION, Outcome, RunRecord
from core.export.record.statistics import statistics

# The packages whose version can change an assignment.
_PACKAGES = (
    "torch",
    "open_clip_torch",
    "timm",
    "tokenizers",
    "transformers",
    "numpy",
    "scipy",
    "scikit-learn",
    "pillow",
    "polars",
)
_OF_IMAGE = (
    "class",
    "file",
    "flags",
    "group",
    "id",
    "margin",
    "path",
    "probability",
    "review",
    "review_reason",
    "scores",
    "source",
    "split",
    "split_file",
)
OF_FILE = (
    "class",
    "doubt",
    "file",
    "group",
    "id",
    "path",
    "probability",
    "review",
    "size",
    "source",
    "split",
)
"""What the manifest says of an image; `winnow replay` compares these."""


def write_metadata(path: Path, outcome: Outcome, layout: Layout) -> None:
    """Write metadata.json: {"classes": […], "confidence": {…}, "images": […], "rejected": […]}.

    "confidence" has how many images were predicted, and the mean, spread (standard deviation),
    least and most of the probability of their class, "overall" and for each of the "classes".

    Each image has its original relative path ("path"), where it is now ("file", null when no format
    writes image files, and "split_file" when it is in splits/), id, class, probability, margin,
    scores of all classes, source (human, model or prompt), split, group, whether it awaits review
    and why, flags, and its labels in other "questions" where they are asked for. Numbers are
    rounded to six decimals. "promise" is there where something is promised of the whole.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(
        path,
        {
            "classes": list(outcome.plan.folders),
            "confidence": statistics(outcome.items, outcome.plan.folders).as_json(),
            "images": Blocks(json_blocks(outcome, layout, with_brought(outcome, _OF_IMAGE))),
            "rejected": _rejected_entries(outcome),
            **({"promise": outcome.plan.promise} if outcome.plan.promise else {}),
        },
    )


def write_manifest(
    path: Path,
    outcome: Outcome,
    record: RunRecord,
    layout: Layout,
    records: Mapping[str, str],
) -> None:
    """Write manifest.json: all that is needed to repeat the run and to check its files.

    Args:
        records: the other files that Winnow wrote beside the images, name → content id.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(
        path,
        {
            "format": MANIFEST_FORMAT,
            "version": MANIFEST_VERSION,
            "winnow": __version__,
            "packages": package_versions(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "created": record.created,
            "command": record.command,
            "images_root": record.images_root,
            "encoder": {
                "spec": record.model_spec,
                "title": record.model_title,
                "identity": record.model_identity,
                "device": record.device,
            },
            "classes": list(outcome.plan.folders),
            "prompts": record.prompts,
            "labels": {
                "digest": record.labels_digest,
                "count": record.label_count,
                "rule": LABEL_RULE,
                "classes": record.labels,
                "from_file": record.labels_from_file,
                "conflicts": record.conflicts,
                **({"settled": record.settled} if record.settled else {}),
            },
            "seed": record.seed,
            "options": {**record.options, "export": _export_options(outcome)},
            "folders": outcome.plan.folders,
            "counts": {
                "written": len(outcome.items),
                "classes": outcome.counts,
                "review": outcome.review,
                "rejected": len(outcome.rejected),
            },
            **({"shares": record.shares} if record.shares else {}),
            "metrics": record.metrics,
            "metrics_basis": record.metrics_basis,
            "calibration": record.calibration,
            "caveats": record.caveats,
            "notes": outcome.notes,
            "left_out": record.left_out.as_json(),
            "probabilities_digest": record.probabilities_digest,
            "records": records,
            "files": Blocks(json_blocks(outcome, layout, with_brought(outcome, OF_FILE))),
            "rejected": _rejected_entries(outcome),
        },
    )


def _export_options(outcome: Outcome) -> dict[str, object]:
    """The options of an export; without columns as they were before there were any."""
    options = asdict(outcome.plan.options)
    return options if options["columns"] else {k: v for k, v in options.items() if k != "columns"}


def package_versions() -> dict[str, str]:
    """Versions of the installed packages on which an assignment can depend."""
    versions: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _rejected_entries(outcome: Outcome) -> list[dict[str, object]]:
    return [{"path": entry.path, "reason": entry.reason} for entry in outcome.rejected]
