"""Promises in sentences: for the page, the terminal and reports."""

from __future__ import annotations

from collections.abc import Sequence

from core.services.export.promises.parts import Part
from core.services.export.promises.promise import Promise
from core.services.export.promises.reasons import share
from core.services.export.promises.signing import Folder
from core.services.predict.gaps import listed

_LISTED = 20


def lines(promise: Promise) -> list[str]:
    """What is promised, on what evidence, and what is left to review."""
    if promise.request.prices is not None:
        cost = promise.mean_cost or 0.0
        return [
            f"Sorted by prices: an image that nobody labeled is expected to cost {cost:.3g}, and "
            f"{_files(promise.review)} are left to review because a look is cheaper."
        ]
    say = _signature if promise.request.signed else _part
    sentences = [
        _recall(part, len(promise.parts) == 1) if part.kind == "recall" else say(part)
        for part in promise.parts
    ]
    if promise.request.signed and not promise.parts:
        sentences.append("No folder is signed yet, so only what people labeled is sorted.")
    end = f"{_files(promise.review)} are left to review."
    if promise.holds:
        of = "Each signature holds" if promise.request.signed else "The promise holds"
        if any(part.kind == "recall" for part in promise.parts) and len(promise.parts) > 1:
            of = "Together, these promises hold"
        end = f"{of} with {share(promise.confidence)} confidence. {end}"
    return [*sentences, end]


def _part(part: Part) -> str:
    of = _of(part)
    if part.threshold is None:
        return f"{share(part.level)} right cannot be promised {of} yet: {_needed(part)}"
    if not part.looks:
        return f"Nothing is predicted {of}, so nothing can be wrong there."
    return (
        f"At least {share(part.level)} {of} are right: of {part.looks:,} random images at least "
        f"as probable as {part.threshold:.3f}, {part.wrong:,} {_is(part.wrong)} wrong."
    )


def _recall(part: Part, alone: bool) -> str:
    """A recall; `alone`: nothing is promised of what is right."""
    name = f"“{part.name}”"
    if part.threshold is None:
        return (
            f"That {share(part.level)} of {name} are found cannot be promised yet: there are "
            f"{part.looks:,} random images of it, and {_needed(part)}"
        )
    places = "its folder" if len(part.classes) == 1 else "its folders"
    if part.by_group:
        places += f", unsure in {listed(part.by_group)},"
    sentence = (
        f"At least {share(part.level)} of all images of {name} are in {places} or in review/: of "
        f"{part.looks:,} random images of it, {part.wrong:,} would be elsewhere. Images of other "
        f"classes go to review from a probability of {part.threshold:.3f} on that they are of it."
    )
    return sentence + (" How many in its folder are right is not promised." if alone else "")


def _of(part: Part) -> str:
    """What a level speaks of: "of the images sorted as …"."""
    if part.name and part.classes != (part.name,):
        of = f"of the images sorted within “{part.name}”"
    else:
        of = _classes(part.classes) if part.classes else "of what is sorted into groups"
    inner = ", ".join(f"“{name}”" for name in part.by_group[:_LISTED])
    return f"{of} ({inner} counted by the group around)" if inner else of


def _needed(part: Part) -> str:
    if part.more_labels is None:
        return "labels of random images alone will not do, the model has to become better first."
    return f"about {part.more_labels:,} more labels of random images would do."


def _classes(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"of the images sorted as “{names[0]}”"
    return "of all images in the class folders" if len(names) > 3 else f"of {listed(names)}"


def _signature(part: Part) -> str:
    name = part.classes[0]
    looks = f"{part.looks:,} random images of it were looked at, {part.wrong:,} of them wrong"
    if part.threshold is None:
        return f"The folder “{name}” is not signed at {share(part.level)}: {looks}."
    rest = f", for images from {part.threshold:.3f} on" if part.threshold else ""
    return f"The folder “{name}” is signed at {share(part.level)}{rest}: {looks}."


def standing(folder: Folder) -> str:
    """Where the signing of a folder stands, in a few words."""
    state = folder.state
    if state.state == "failed":
        return f"cannot be signed at {share(folder.level)}: too many are wrong"
    part = f" from probability {state.threshold:.2f} on" if state.threshold else ""
    if folder.is_signed:
        return f"signed at {share(folder.level)}{part}"
    return f"{state.looks_left:,} more right ones sign it at {share(folder.level)}{part}"


def withdrawn_lines(back: Sequence[dict[str, str]]) -> list[str]:
    """What is withdrawn from earlier exports; nothing where nothing is."""
    if not back:
        return []
    named = ", ".join(f"{one['path']} ({one['class']})" for one in back[:_LISTED])
    more = f" and {len(back) - _LISTED:,} more, all in manifest.json" if len(back) > _LISTED else ""
    return [
        f"Withdrawn, because earlier exports have them in a class folder and they now go to "
        f"review: {named}{more}."
    ]


def _files(count: int) -> str:
    return f"{count:,} image{'s' if count != 1 else ''}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
