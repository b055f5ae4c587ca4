"""Making a plan: what goes where, decided before a single file is read or written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from core.export.checks import check_options
from core.export.formats import formats_of, has_tree, reserved_names
from core.export.names import RESERVED, safe_folder_names
from core.export.options import ExportOptions
from core.export.plan import (
    CONVERTED,
    REVIEW_FOLDER,
    UNSURE_FOLDER,
    Assignment,
    Plan,
    PlanItem,
    Rejected,
    check_relative,
    is_renamed,
)
from core.export.readers.converting import bytes_of
from core.export.readers.naming import Naming, naming_of, notes_of, unseen_notes
from core.export.splits import SPLITS, split_of
from core.export.targets import settle
from core.runtime.errors import WinnowError


def make_plan(
    assignments: Iterable[Assignment],
    rejected: Iterable[Rejected],
    classes: Sequence[str],
    options: ExportOptions,
    above: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """Decide where every image goes. Nothing is read or written.

    See `settle` for who keeps a name that several files have. The result does not depend on the
    order of `assignments`.

    Args:
        assignments: one per image file; files of equal content are separate files.
        rejected: images that could not be read or classified.
        classes: all classes, in the order in which counts are to be shown.
        options: see `ExportOptions`.
        above: class or group of classes → the group that it stands in. Images may have a group for
            their label: they are in no split, for nobody should learn from half an answer.

    Raises:
        WinnowError: a path leads out of the image folder, a label is not among `classes`, or an
            option makes no sense.
        ValueError: one path is listed twice, as an assignment or as rejected.
    """
    shares = check_options(options)
    ordered = sorted(assignments, key=lambda assignment: assignment.path)
    groups = set(above.values())
    held = {assignment.label for assignment in ordered} & groups
    every = class_folders([*classes, *dict.fromkeys(above.values())], bool(above))
    folders = {name: folder for name, folder in every.items() if name not in groups - held}
    refused = sorted(rejected, key=lambda entry: entry.path)
    _check_paths(ordered, refused)
    _check_labels(ordered, folders)

    reasons = [_reason(assignment, options) for assignment in ordered]
    readers = [part.reader for part in formats_of(options) if part.reader is not None]
    namings = [naming_of(assignment, readers, options.unreadable) for assignment in ordered]
    targets = settle(
        [_folder(folders[a.label], why) for a, why in zip(ordered, reasons, strict=True)],
        [naming.path for naming in namings],
        [naming.path != a.path for naming, a in zip(namings, ordered, strict=True)],
    )
    items = [
        _item(
            assignment,
            target,
            why,
            None if assignment.label in groups else shares,
            options.seed,
            naming.convert,
        )
        for assignment, target, why, naming in zip(ordered, targets, reasons, namings, strict=True)
    ]
    return _counted(items, namings, refused, folders, options, nested(every, above))


def part_of(plan: Plan, items: Sequence[PlanItem]) -> Plan:
    """A plan of some of the items of a plan, counted anew.

    Args:
        items: in the order of the plan; their targets may differ from the plan's.
    """
    readers = [part.reader for part in formats_of(plan.options) if part.reader is not None]
    namings = [naming_of(item.assignment, readers, plan.options.unreadable) for item in items]
    return _counted(list(items), namings, plan.rejected, plan.folders, plan.options, plan.nested)


def _counted(
    items: list[PlanItem],
    namings: Sequence[Naming],
    refused: list[Rejected],
    folders: dict[str, str],
    options: ExportOptions,
    nested: Mapping[str, str],
) -> Plan:
    """The plan of settled items."""
    assignments = [item.assignment for item in items]
    in_class = Counter(item.assignment.label for item in items if not item.review)
    plan = Plan(
        items=items,
        rejected=refused,
        folders=folders,
        counts={name: in_class[name] for name in folders},
        review=sum(item.review for item in items),
        bytes_total=sum(assignment.size for assignment in assignments),
        bytes_needed=_bytes_needed(items, options),
        collisions=[item for item in items if is_renamed(item)],
        options=options,
        unseen=unseen_notes(assignments, namings),
        nested=nested,
    )
    notes = [*_notes(plan, check_options(options)), *notes_of(assignments, namings), *plan.unseen]
    return replace(plan, notes=notes)


def _item(
    assignment: Assignment,
    target: str,
    reason: str | None,
    shares: tuple[float, float, float] | None,
    seed: int,
    convert: str | None,
) -> PlanItem:
    """One planned file; what goes to review/ for a `reason` is in no split."""
    split = None
    if shares and reason is None:
        split = split_of(assignment.group or assignment.id, shares, seed)
    if convert is not None:
        assignment = replace(assignment, flags=(*assignment.flags, CONVERTED))
    return PlanItem(assignment, target, split, reason is not None, reason, convert)


def class_folders(classes: Sequence[str], has_groups: bool = False) -> dict[str, str]:
    """Class → folder, clear of everything that Winnow or a format puts beside the classes.

    Args:
        has_groups: classes stand in groups, whose folders have one more of Winnow's own.
    """
    own = {UNSURE_FOLDER} if has_groups else set()
    return safe_folder_names(classes, RESERVED | reserved_names() | own)


def nested(folders: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Class or group → its folder within those of the groups around it; empty without groups."""
    groups = set(above.values())
    result = {}
    for name, folder in folders.items() if above else ():
        path, group = [folder], above.get(name)
        while group is not None:
            path, group = [folders[group], *path], above.get(group)
        result[name] = "/".join([*path, UNSURE_FOLDER] if name in groups else path)
    return result


def _bytes_needed(items: Sequence[PlanItem], options: ExportOptions) -> int:
    """What the images take on the disk, counting how often the bytes of each come there."""
    held = sum(part.holds_images for part in formats_of(options))
    plain = held + (options.mode == "copy" and has_tree(options))
    total = 0
    for item in items:
        a = item.assignment
        if item.convert is None:
            total += a.size * plain
        else:
            total += bytes_of(a.width, a.height, a.size) * (held + has_tree(options))
    return total


def _check_paths(ordered: list[Assignment], refused: list[Rejected]) -> None:
    paths = [assignment.path for assignment in ordered]
    check_relative(paths, "the image folder")
    repeated = [path for path, n in Counter(paths + [r.path for r in refused]).items() if n > 1]
    if repeated:
        raise ValueError(f"listed more than once in one export: {sorted(repeated)[:3]}")


def _check_labels(ordered: list[Assignment], folders: dict[str, str]) -> None:
    for assignment in ordered:
        if assignment.label not in folders:
            raise WinnowError(
                f"The image {assignment.path!r} has the label {assignment.label!r}, which is not "
                "one of the classes; add the class or correct the label."
            )


def _reason(assignment: Assignment, options: ExportOptions) -> str | None:
    """Why an image goes to review/; None when it does not. What people said is never in doubt."""
    if assignment.source == "human":
        return None
    # All written this way round so that NaN goes to review too.
    below, margin, ratio = options.review_below, options.review_margin, options.review_ratio
    if below is not None and not assignment.probability >= below:
        return f"probability {assignment.probability:.3f} is below {below:g}"
    if margin is not None and not assignment.margin >= margin:
        return f"lead over the second class {assignment.margin:.3f} is below {margin:g}"
    if ratio is not None and not assignment.ratio >= ratio:
        return f"{assignment.ratio:.3f} times as probable as the second class, below {ratio:g}"
    return assignment.doubt


def _folder(own: str, reason: str | None) -> str:
    return own if reason is None else f"{REVIEW_FOLDER}/{own}"


def _notes(plan: Plan, shares: tuple[float, float, float] | None) -> list[str]:
    notes = [
        f"Class {name!r} is in the folder {folder!r}, because the name is no safe folder name "
        "or clashes with another."
        for name, folder in plan.folders.items()
        if name != folder
    ]
    for export_format in formats_of(plan.options):
        notes += export_format.notes(plan)
    return notes + (_empty_splits(plan.items, plan.folders, shares) if shares else [])


def _empty_splits(
    items: list[PlanItem], folders: dict[str, str], shares: tuple[float, float, float]
) -> list[str]:
    filled = {(item.assignment.label, item.split) for item in items}
    notes = []
    for split, share in zip(SPLITS, shares, strict=True):
        missing = [
            name
            for name in folders
            if share > 0
            and (name, split) not in filled
            and any((name, other) in filled for other in SPLITS)
        ]
        if missing:
            notes.append(
                f"No image of {', '.join(repr(name) for name in missing)} fell into "
                f"splits/{split}: too few images for this share; try another seed or add images."
            )
    return notes
