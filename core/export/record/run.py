"""The record of an export: metadata.json for each image, manifest.json for the run as a whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from core.export.plan import Plan, PlanItem, Rejected
from core.export.record.checked import check_manifest
from core.export.splits import SPLITS, Split
from core.images.folders.left_out import LeftOut
from core.runtime import inputs
from core.runtime.errors import WinnowError

METADATA = "metadata.json"
MANIFEST = "manifest.json"
MANIFEST_FORMAT = "winnow-manifest"
MANIFEST_VERSION = 1
MODEL_FILE = "model_file"
"""The option that names the model file of an export that was made with one."""

LABEL_RULE = (
    "What people said always wins over a prediction. Each annotator's latest word counts; between "
    "annotators the majority decides, and in a tie the most recent."
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
    prompts of every class, and `wordless` is the one that has none in truth, because it is for
    what is none of the others, "" where there is no such class; `labels` are the human labels
    used, image id → class, and `labels_digest` identifies them (None without any);
    `labels_from_file` are the ids whose label came with the call and not from the workspace,
    `conflicts` those on which people disagreed, `settled` those that a reviewer settled;
    `probabilities_digest` identifies the scores of all images bit by bit; `options` are further
    options of the run, beside those of the export; `created` is UTC in ISO 8601; `metrics` has the
    form of `winnow evaluate --json` and `metrics_basis` says what they were measured on;
    `calibration` tells how the probabilities were calibrated, None when they were not; `caveats`
    are sentences that the reader of the results must know; `command` is the command line, None
    from the app; `left_out` is what of the folder was passed over, and why.
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
    metrics_basis: str | None = None
    calibration: Mapping[str, Any] | None = None
    caveats: list[str] = field(default_factory=list)
    command: list[str] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    labels_from_file: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    probabilities_digest: str | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    shares: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    wordless: str = ""

    @property
    def settling(self) -> str:
        """That a reviewer decided where people disagreed; "" where none did."""
        if not self.settled:
            return ""
        return (
            f"A reviewer settled {len(self.settled):,} images on which people disagreed; there "
            "that answer counts, whatever the majority."
        )

    @property
    def labels_of_groups(self) -> str:
        """How many of the labels name a group of classes alone, as the end of a sentence."""
        alone = sum(name not in self.prompts for name in self.labels.values())
        return f", {alone:,} of them of a group of classes alone" if alone else ""


@dataclass(frozen=True)
class Outcome:
    """What came of a plan: the items really written, and all that was not, each with a reason."""

    plan: Plan
    items: list[PlanItem]
    rejected: list[Rejected]
    notes: list[str]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Files in each class folder, in the order of the classes, without those in review."""
        in_class = Counter(item.assignment.label for item in self.items if not item.review)
        return {name: in_class[name] for name in self.plan.folders}

    @cached_property
    def review(self) -> int:
        """Files in review/."""
        return sum(item.review for item in self.items)

    @cached_property
    def sources(self) -> Counter[str]:
        """Files by who decided: human, model or prompt."""
        return Counter(item.assignment.source for item in self.items)

    def by_split(self) -> dict[Split, list[PlanItem]]:
        """Files of each split that has any, without those in review; without splits, all of them
        are in train."""
        items: dict[Split, list[PlanItem]] = {split: [] for split in SPLITS}
        for item in self.items:
            if not item.review:
                items[item.split or "train"].append(item)
        return {split: members for split, members in items.items() if members}

    @cached_property
    def size(self) -> int:
        """Bytes of the files, each counted once."""
        return sum(item.assignment.size for item in self.items)


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
        document = inputs.load_json(path, inputs.RECORD_BYTES)
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
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise WinnowError(f"The manifest {path} has no format version; use it as Winnow wrote it.")
    if version > MANIFEST_VERSION:
        raise WinnowError(
            f"The manifest {path} has format version {version} and this Winnow reads up to "
            f"{MANIFEST_VERSION}; install a newer Winnow."
        )
    for key, kind in _REQUIRED.items():
        if not isinstance(document.get(key), kind):
            raise WinnowError(
                f"The manifest {path} lacks a proper entry {key!r}; use it as Winnow wrote it."
            )
    check_manifest(document, str(path))
    return document
