"""The record of an export: metadata.json for each image, manifest.json for the run as a whole."""

import json
import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from core import __version__
from core.errors import WinnowError
from core.export.jsonfile import write_json
from core.export.plan import Plan, PlanItem, Rejected

METADATA = "metadata.json"
MANIFEST = "manifest.json"
MANIFEST_FORMAT = "winnow-manifest"
MANIFEST_VERSION = 1

# The packages whose version can change an assignment.
_PACKAGES = (
    "torch",
    "open_clip_torch",
    "timm",
    "transformers",
    "numpy",
    "scipy",
    "scikit-learn",
    "pillow",
    "polars",
)
# What `load_manifest` insists on, and the type of each.
_REQUIRED: dict[str, type | tuple[type, ...]] = {
    "winnow": str,
    "created": str,
    "encoder": dict,
    "prompts": dict,
    "labels": dict,
    "seed": int,
    "options": dict,
    "counts": dict,
    "files": list,
    "rejected": list,
}


@dataclass(frozen=True)
class RunRecord:
    """How the assignments of an export came about.

    `model_identity` is architecture + weights digest + preprocessing digest; `prompts` are the
    prompts of every class; `labels_digest` identifies the human labels used (None without any);
    `options` are further options of the run, beside those of the export; `created` is UTC in ISO
    8601; `metrics` has the form of `winnow evaluate --json`; `caveats` are sentences that the
    reader of the results must know; `command` is the command line, None from the app.
    """

    model_spec: str
    model_title: str
    model_identity: str
    device: str
    prompts: Mapping[str, list[str]]
    labels_digest: str | None
    label_count: int
    seed: int
    images_root: str
    created: str
    options: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] | None = None
    caveats: list[str] = field(default_factory=list)
    command: list[str] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a plan: the items really written, and all that was not, each with a reason."""

    plan: Plan
    items: list[PlanItem]
    rejected: list[Rejected]
    notes: list[str]

    def counts(self) -> dict[str, int]:
        """Files in each class folder, in the order of the classes, without those in review."""
        found = Counter(item.assignment.label for item in self.items if not item.review)
        return {name: found[name] for name in self.plan.folders}

    def review(self) -> int:
        """Files in review/."""
        return sum(item.review for item in self.items)


def write_metadata(path: Path, outcome: Outcome) -> None:
    """Write metadata.json: {"classes": […], "images": […], "rejected": […]}.

    Each image has its original relative path ("path"), where it is now ("file", and "split_file"
    when it is in a split), id, class, probability, margin, scores of all classes, source (human,
    model or prompt), split, whether it awaits review, and flags.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(
        path,
        {
            "classes": list(outcome.plan.folders),
            "images": map(_image_entry, outcome.items),
            "rejected": _rejected_entries(outcome),
        },
    )


def write_manifest(path: Path, outcome: Outcome, record: RunRecord) -> None:
    """Write manifest.json: all that is needed to repeat the run and to check its files.

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
            "prompts": record.prompts,
            "labels": {"digest": record.labels_digest, "count": record.label_count},
            "seed": record.seed,
            "options": {**record.options, "export": asdict(outcome.plan.options)},
            "folders": outcome.plan.folders,
            "counts": {
                "written": len(outcome.items),
                "classes": outcome.counts(),
                "review": outcome.review(),
                "rejected": len(outcome.rejected),
            },
            "metrics": record.metrics,
            "caveats": record.caveats,
            "notes": outcome.notes,
            "files": map(_file_entry, outcome.items),
            "rejected": _rejected_entries(outcome),
        },
    )


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Args:
        path: a manifest.json, or the folder of an export.

    Raises:
        WinnowError: there is none, it is not JSON, not a manifest of Winnow, of a newer format, or
            incomplete.
    """
    if path.is_dir():
        path = path / MANIFEST
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise WinnowError(
            f"There is no manifest at {path}; name the manifest.json of a finished export."
        ) from None
    except OSError as error:
        raise WinnowError(
            f"The manifest {path} cannot be read ({error.strerror}); check its permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        raise WinnowError(
            f"The manifest {path} is not valid JSON ({error}); use the file as Winnow wrote it."
        ) from error
    if not isinstance(document, dict) or document.get("format") != MANIFEST_FORMAT:
        raise WinnowError(
            f"{path} is not a manifest of Winnow; name the manifest.json of a finished export."
        )
    found = document.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise WinnowError(f"The manifest {path} has no format version; use it as Winnow wrote it.")
    if found > MANIFEST_VERSION:
        raise WinnowError(
            f"The manifest {path} has format version {found} and this Winnow reads up to "
            f"{MANIFEST_VERSION}; install a newer Winnow."
        )
    for key, kind in _REQUIRED.items():
        if not isinstance(document.get(key), kind):
            raise WinnowError(
                f"The manifest {path} lacks a proper entry {key!r}; use it as Winnow wrote it."
            )
    return document


def package_versions() -> dict[str, str]:
    """Versions of the installed packages on which an assignment can depend."""
    versions: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _image_entry(item: PlanItem) -> dict[str, object]:
    assignment = item.assignment
    return {
        "path": assignment.path,
        "file": item.target,
        "split_file": item.split_target,
        "id": assignment.id,
        "class": assignment.label,
        "probability": assignment.probability,
        "margin": assignment.margin,
        "scores": assignment.scores,
        "source": assignment.source,
        "split": item.split,
        "review": item.review,
        "flags": assignment.flags,
    }


def _file_entry(item: PlanItem) -> dict[str, object]:
    assignment = item.assignment
    return {
        "file": item.target,
        "path": assignment.path,
        "id": assignment.id,
        "size": assignment.size,
        "class": assignment.label,
        "source": assignment.source,
    }


def _rejected_entries(outcome: Outcome) -> Iterator[dict[str, object]]:
    return ({"path": entry.path, "reason": entry.reason} for entry in outcome.rejected)
