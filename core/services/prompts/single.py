"""Single prompts of a class, added and taken away without touching what else has changed."""

from __future__ import annotations

from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.spelling import clean


def add_prompt(file: VocabularyFile, name: str, prompt: str) -> str:
    """Add a prompt to a class.

    Returns:
        The prompt as it stands in the file.

    Raises:
        WinnowError: it is empty or there already, the class is gone, or the file cannot be written.
    """
    text = clean(prompt)
    if not text:
        raise WinnowError(f"Describe the images first: a prompt of {name!r} cannot be empty.")
    own = _prompts(file.classes(), name)
    if text in own:
        raise WinnowError(f"The class {name!r} has the prompt {text!r} already.")
    file.update_classes(lambda classes: _with(classes, name, (*_prompts(classes, name), text)))
    return text


def remove_prompt(file: VocabularyFile, name: str, prompt: str) -> bool:
    """Take a prompt from a class.

    Returns:
        Whether it was there. The last prompt of a class stays.

    Raises:
        WinnowError: the file cannot be read or written.
    """
    removed = False

    def without(classes: Vocabulary) -> Vocabulary:
        nonlocal removed
        own = classes.prompts().get(name, [])
        rest = tuple(other for other in own if other != prompt)
        removed = bool(rest) and len(rest) < len(own)
        return _with(classes, name, rest) if removed else classes

    file.update_classes(without)
    return removed


def _prompts(classes: Vocabulary, name: str) -> tuple[str, ...]:
    for own, prompts in classes.classes:
        if own == name:
            return prompts
    raise WinnowError(f"There is no class {name!r} any more: look for groups again.")


def _with(classes: Vocabulary, name: str, prompts: tuple[str, ...]) -> Vocabulary:
    return classes.with_classes(
        (own, prompts if own == name else before) for own, before in classes.classes
    )
