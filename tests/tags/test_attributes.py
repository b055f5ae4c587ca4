"""Files of tags in the form of attributes: read as they are, and kept in their form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prompts import yaml_file
from core.prompts.vocabulary import parse as parse_classes
from core.runtime.errors import WinnowError
from core.tags import saving
from core.tags.attributes import KEYS, rule_text
from core.tags.reading import parse
from core.tags.rules import parse as parse_rule
from core.tags.vocabulary import Derived, Settings, Tag

FILE = """\
# A controlled vocabulary
thresholds:
  accepted: 0.80    # from here on
  tentative: 0.50

base_attributes:
  - code: earth
    label: Earth
    description: Earth visible in the image
    type: celestial_body

  - code: moon     # our own
    label: Moon
    description: Moon visible in the image
    type: celestial_body

  - code: sun
    label: Sun
    description: Sun, not a lamp (craters, no)
    type: celestial_body

derived_attributes:
  - code: earth_and_moon
    label: Earth and Moon
    description: Both together
    rule:
      all_of: [earth, moon]

  - code: earth_only
    label: Earth Only
    rule:
      all_of: [earth]
      none_of: [moon, sun]
"""


def test_attributes_are_tags() -> None:
    tags = parse(FILE, "a.yaml")
    assert tags.codes == ["earth", "moon", "sun", "earth_and_moon", "earth_only"]
    assert tags["moon"] == Tag("moon", "Moon", "Moon visible in the image", "celestial_body")
    assert tags["earth_and_moon"] == Derived(
        "earth_and_moon", "earth & moon", "Earth and Moon", "Both together"
    )
    assert tags["earth_only"] == Derived("earth_only", "earth & !moon & !sun", "Earth Only")
    assert tags.defaults == Settings(accept=0.8, reject=0.5)
    assert parse_classes(FILE, "a.yaml").names == []
    assert set(yaml_file.ATTRIBUTE_KEYS) == set(KEYS)


def test_rules_over_bands_ask_for_all_and_exclude_what_is_not_rejected() -> None:
    bands = {"a": np.array([2, 2, 2, 1], np.int8), "b": np.array([0, 1, 2, 0], np.int8)}
    rule = parse_rule(rule_text({"all_of": ["a"], "none_of": ["b"]}))
    assert rule.bands(bands).tolist() == [2, 1, 0, 1]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"any_of": ["a", "b"]}, "(a | b)"),
        ({"any_of": ["a"], "none_of": "c"}, "a & !c"),
        ({"all_of": ["a", "d"], "any_of": ["b", "c"], "none_of": None}, "a & d & (b | c)"),
        ({"none_of": [" a "]}, "!a"),
    ],
)
def test_lists_become_a_rule(rule: dict[str, object], text: str) -> None:
    assert rule_text(rule) == text
    parse_rule(text)


def test_saving_keeps_the_form_and_every_byte_that_did_not_change() -> None:
    tags = parse(FILE, "a.yaml")
    again = saving.dump(tags, FILE)
    assert parse(again, "a.yaml") == tags
    assert again.replace("\n\n", "\n") == FILE.replace("\n\n", "\n")
    more = replace(
        tags.put(Tag("mars", "", "the planet Mars"))
        .put(Derived("lonely", "moon & !sun"))
        .put(replace(tags["earth_only"], rule="earth & !moon")),
        defaults=Settings(accept=0.9),
    )
    text = saving.dump(more, FILE)
    assert parse(text, "a.yaml") == more
    assert "base_attributes" in text and "\ntags:" not in text
    assert "moon     # our own" in text and "all_of: [earth, moon]" in text
    fewer = more.without("sun").without("earth_only").without("lonely")
    assert parse(saving.dump(fewer, text), "a.yaml") == fewer


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (("all_of: [earth, moon]", "all_of: [earth, mon]"), ("'mon'", "do you mean 'moon'?")),
        (("all_of: [earth, moon]", "every: [earth]"), ("line 26", "rule has 'every'", "any_of")),
        (("all_of: [earth, moon]", "all_of: ['earth | sun']"), ("no code of a tag",)),
        (("all_of: [earth, moon]", "all_of: []"), ("names no tag",)),
        (("all_of: [earth, moon]", "all_of: [[earth]]"), ("no code of a tag",)),
        (("tentative: 0.50", "tentative: 0.9"), ("leaves nothing between",)),
        (("tentative: 0.50", "tentative: half"), ("line 2", "thresholds")),
        (("tentative: 0.50", "perhaps: 0.5"), ("line 4", "thresholds.perhaps is unknown")),
        (("code: sun", "code: moon"), ("base_attributes.moon is there twice",)),
        (("label: Sun", "labels: Sun"), ("line 18", "base_attributes.sun.labels is unknown")),
        (("# A controlled", "tags: {a: a}\n# A"), ("base_attributes is another word for 'tags'",)),
        (("# A controlled", "defaults: {}\n# A"), ("thresholds is another word", "'defaults'")),
    ],
)
def test_faults_are_told_in_the_words_of_the_file(
    change: tuple[str, str], parts: tuple[str, ...]
) -> None:
    assert change[0] in FILE
    with pytest.raises(WinnowError) as caught:
        parse(FILE.replace(*change), "a.yaml")
    for part in parts:
        assert part in str(caught.value), caught.value


CODES = st.sampled_from(["earth", "moon", "sun", "a b", "(", "", "!x", None, 3, ["earth"]])


@given(
    st.dictionaries(
        st.sampled_from(["all_of", "any_of", "none_of", "other"]),
        st.none() | CODES | st.lists(CODES, max_size=4),
        max_size=4,
    )
)
def test_any_rule_of_lists_is_read_or_refused(rule: dict[str, object]) -> None:
    try:
        text = rule_text(rule)
    except ValueError as error:
        assert str(error)
    else:
        assert parse_rule(text).codes() <= {"earth", "moon", "sun"}
