"""Classes put into groups and taken out again; groups renamed, nested and dissolved.

Each is one change of the vocabulary file, taken back by one Undo. A label of a group that goes does
not count any longer, and counts again when the change is undone.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.project.vocabulary_file import VocabularyFile
from core.prompts.grouping import MOST_LEVELS
from core.prompts.vocabulary import Vocabulary, clean
from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.services.prompts.restructuring import change_with_labels, check_new
from core.store.labels.answers import Labels


def put_in_group(file: VocabularyFile, names: Sequence[str], group: str) -> Vocabulary:
    """Put classes or groups into a group, which is made where there is none of that name.

    Args:
        names: of classes or groups.
        group: "" takes them out of any.

    Returns:
        The classes after.

    Raises:
        WinnowError: the group's name is that of a class, a group would stand in itself or too deep,
            or the file cannot be read or written.
    """
    return file.update_classes(lambda classes: _put(classes, names, clean(group)))


def _put(classes: Vocabulary, names: Sequence[str], group: str) -> Vocabulary:
    groups = {name: (prompts, above) for name, prompts, above in classes.groups}
    group = next((name for name in groups if same(name) == same(group)), group)
    if group and group not in groups:
        check_new([group], classes.names)
        groups[group] = ((), "")
    parents = dict(classes.parents)
    for name in names:
        if name in groups:
            groups[name] = (groups[name][0], group)
        elif name in classes.names:
            parents.pop(name, None)
            parents |= {name: group} if group else {}
    _check_depth({**parents, **{name: above for name, (_, above) in groups.items()}})
    return Vocabulary.grouped(
        classes.classes,
        [(name, prompts, above) for name, (prompts, above) in groups.items()],
        list(parents.items()),
    )


def _check_depth(above: dict[str, str]) -> None:
    for name in above:
        step, level = name, 1
        while step := above.get(step, ""):
            level += 1
            if level > MOST_LEVELS:
                raise WinnowError(
                    f"{name[:40]!r} would stand in itself or on more than {MOST_LEVELS} levels: "
                    "choose another group."
                )


def speak_for_group(file: VocabularyFile, group: str, prompts: Sequence[str]) -> Vocabulary:
    """Give a group its own prompts, which speak for every class in it; none is fine.

    Returns:
        The classes after.

    Raises:
        WinnowError: the file cannot be read or written.
    """
    own = tuple(filter(None, map(clean, prompts)))
    return file.update_classes(
        lambda classes: Vocabulary.grouped(
            classes.classes,
            [
                (name, own if name == group else before, above)
                for name, before, above in classes.groups
            ],
            classes.parents,
        )
    )


def dissolve_group(file: VocabularyFile, group: str) -> Vocabulary:
    """Take a group away; what stood in it stands where the group stood.

    Returns:
        The classes after.

    Raises:
        WinnowError: the file cannot be read or written.
    """

    def dissolved(classes: Vocabulary) -> Vocabulary:
        around = next((above for name, _, above in classes.groups if name == group), "")
        groups = [
            (name, prompts, around if above == group else above)
            for name, prompts, above in classes.groups
            if name != group
        ]
        parents = [(name, around if own == group else own) for name, own in classes.parents]
        return Vocabulary.grouped(classes.classes, groups, [one for one in parents if one[1]])

    return file.update_classes(dissolved)


def rename_group(
    file: VocabularyFile, labels: Labels, old: str, new: str, annotator: str
) -> Vocabulary:
    """Rename a group, in its labels too.

    Returns:
        The classes after.

    Raises:
        WinnowError: the name is taken or empty, or the file cannot be read or written.
    """
    new = clean(new)

    def renamed(classes: Vocabulary) -> Vocabulary:
        others = [name for name, _, _ in classes.groups if name != old]
        check_new([new], [*classes.names, *others])
        to = {old: new}
        return Vocabulary.grouped(
            classes.classes,
            [
                (to.get(name, name), own, to.get(above, above))
                for name, own, above in classes.groups
            ],
            [(name, to.get(group, group)) for name, group in classes.parents],
        )

    return change_with_labels(
        file, labels, annotator, f"group {old} was renamed {new}", renamed,
        lambda: labels.rename(old, new, annotator),
    )  # fmt: skip
