"""YAML that people write by hand: read safely and within limits, refused in one clear sentence.

Both halves of a vocabulary file, classes (`vocabulary.py`) and tags (`core.tags.reading`), are read
from one ``Document``, so that its text is parsed once.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import Node

from core.prompts.yaml_limits import BoundedComposer
from core.prompts.yaml_scalars import Constructor, Representer, as_written
from core.runtime import inputs
from core.runtime.errors import WinnowError

warnings.filterwarnings(
    "ignore", category=ReusedAnchorWarning
)  # the last one counts, as YAML has it
MAX_CHARACTERS = 1_000_000
MAX_BYTES = 4 * MAX_CHARACTERS
TAG_KEYS = ("templates", "defaults", "tags", "derived")
"""Keys of the vocabulary file that belong to tags; ``classes`` is the only other one."""
ATTRIBUTE_KEYS = ("base_attributes", "derived_attributes", "thresholds")
"""Keys of files of tags in another form; see `core.tags.attributes`."""
_ENDLESS = 1_000_000
"""Width of a line in the file: a name that were folded as a key could not be read again."""


@dataclass(frozen=True, eq=False)
class Document:
    """What a YAML text holds.

    Attributes:
        content: plain data: mappings, lists and text as it was typed, see
            `core.prompts.yaml_scalars`; numbers and the like only where a YAML tag asks for them;
            None for an empty text.
        node: the same as nodes that know their lines; None for an empty text.
    """

    content: Any
    node: Node | None


def load(text: str, where: str) -> Document:
    """Read YAML as plain data, never as objects.

    Args:
        where: the file's name, for messages.

    Raises:
        WinnowError: the text is too long or not valid YAML; with the line where that is known.
    """
    if len(text) > MAX_CHARACTERS:
        raise WinnowError(
            f"{where} has {len(text):,} characters, at most {MAX_CHARACTERS:,} fit: shorten it."
        )
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = BoundedComposer
    try:
        node = yaml.compose(text)
        if node is None:
            return Document(None, None)
        as_written(node)
        return Document(yaml.constructor.construct_document(node), node)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = f" line {mark.line + 1}" if mark else ""
        reason = str(error.problem or error).splitlines()[0]
        raise WinnowError(
            f"{where}{line} is not valid YAML ({reason}): correct that line."
        ) from None
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise WinnowError(f"{where} is not valid YAML ({reason}): correct it.") from None


def read_text(path: Path, what: str) -> str:
    """The text of a file that people wrote.

    Args:
        what: begins the sentence of an error: "The prompts file".

    Raises:
        WinnowError: the file does not exist, cannot be read or is no text in UTF-8.
    """
    try:
        return inputs.read_text(path, MAX_BYTES)
    except FileNotFoundError:
        raise WinnowError(f"{what} {path} does not exist: check its name.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WinnowError(
            f"{what} {path} cannot be read ({error}): save it as YAML text in UTF-8."
        ) from error


def round_trip(preserve_quotes: bool = False) -> YAML:
    """A reader and writer that keeps comments, builds plain data only and never folds a line.

    Words without quotes are text, as for ``load``, and are written again as they were.
    """
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = BoundedComposer
    yaml.Constructor, yaml.Representer = Constructor, Representer
    yaml.allow_unicode = True
    yaml.width = _ENDLESS
    yaml.preserve_quotes = preserve_quotes
    return yaml
