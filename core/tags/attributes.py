"""Files of tags in another form: ``base_attributes``, ``derived_attributes`` and ``thresholds``.

::

    thresholds: {accepted: 0.8, tentative: 0.5}
    base_attributes:
      - {code: moon, label: Moon, description: Moon visible in the image, type: celestial_body}
    derived_attributes:
      - code: moon_only
        label: Moon only
        rule: {all_of: [moon], none_of: [sun]}     # any_of too

They mean what ``tags``, ``derived`` and ``defaults`` mean, see `core.tags.vocabulary`; what is
saved into such a file keeps its form. Below the tentative threshold a tag is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.tags.rules import CODE, RuleError

KEYS = {"base_attributes": "tags", "derived_attributes": "derived", "thresholds": "defaults"}
"""Key of such a file → the key that it stands for."""
_THRESHOLDS = {"accepted": "accept", "tentative": "reject"}
_GROUPS = ("all_of", "any_of", "none_of")


class FormError(ValueError):
    """Why a file in this form cannot be read: where in it, and the rest of a sentence."""

    def __init__(self, place: tuple[str, ...], reason: str) -> None:
        super().__init__(reason)
        self.place, self.reason = place, reason


def in_own_words(content: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[str, str]]:
    """A file's content under the usual keys, and for each of those that was not usual the file's.

    Raises:
        FormError: it says one thing under both keys, or a threshold is unknown.
    """
    names = {own: key for key, own in KEYS.items() if key in content}
    for own, key in names.items():
        if own in content:
            raise FormError((key,), f"is another word for {own!r}, which is there too: use one")
    result = {KEYS.get(key, key): value for key, value in content.items()}
    if "defaults" in names:
        result["defaults"] = _settings(result["defaults"])
    return result, names


def rule_text(rule: Mapping[Any, Any]) -> str:
    """A rule of lists of codes as a line: ``a & b & (c | d) & !e``.

    Raises:
        RuleError: a list is unknown, or holds what is no code, or there is nothing in them.
    """
    unknown = [str(key) for key in rule if key not in _GROUPS]
    if unknown:
        raise RuleError(f"has {unknown[0][:40]!r}, allowed are {', '.join(_GROUPS)}")
    every, some, none = (_codes(name, rule.get(name)) for name in _GROUPS)
    parts = list(every)
    if some:
        parts.append(some[0] if len(some) == 1 else f"({' | '.join(some)})")
    parts += [f"!{code}" for code in none]
    if not parts:
        raise RuleError(f"names no tag: write codes into {' or '.join(_GROUPS)}")
    return " & ".join(parts)


def _codes(name: str, value: Any) -> list[str]:
    codes = value if isinstance(value, list) else [] if value is None else [value]
    for code in codes:
        if not isinstance(code, str) or not CODE.fullmatch(code.strip()):
            raise RuleError(f"has {str(code)[:40]!r} in {name}, which is no code of a tag")
    return [code.strip() for code in codes]


def _settings(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    for key in value:
        if key not in _THRESHOLDS:
            allowed = ", ".join(_THRESHOLDS)
            raise FormError(("thresholds", str(key)[:40]), f"is unknown: allowed are {allowed}")
    return {_THRESHOLDS[key]: threshold for key, threshold in value.items()}
