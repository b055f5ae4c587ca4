"""A small sorter of drawn numbers, for the tests of what surrounds it."""

from __future__ import annotations

import numpy as np

from core.learn.models.fused import Model
from core.sorter.head import Head
from core.sorter.schema import (
    FORMAT,
    VERSION,
    CalibrationPart,
    ClassPart,
    Content,
    EncoderPart,
    HeadPart,
    LabelsPart,
    Person,
    TagPart,
)
from core.sorter.sorter import Exemplars, Reference, Sorter

DIM, NAMES = 6, ("red", "green", "blue")


def unit(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Rows of length one."""
    made = np.random.default_rng(seed).normal(size=shape)
    return (made / np.linalg.norm(made, axis=-1, keepdims=True)).astype(np.float32)


def model(trusts: int, dim: int, count: int, seed: int = 0) -> Model:
    """A model of drawn weights."""
    chance = np.random.default_rng(seed)
    return Model(
        chance.normal(size=(trusts, dim, count)).astype(np.float32),
        chance.normal(size=(trusts, count)).astype(np.float32),
        np.linspace(0, 1, trusts, dtype=np.float32),
        np.full(trusts, 1 / max(trusts, 1)),
    )


def drawn_sorter(looks: tuple[int, int] = (0, DIM), kind: str = "distilled") -> Sorter:
    """A whole sorter: three classes, a learned tag, four examples."""
    begin, end = looks
    trusts = 0 if kind == "prompts" else 2
    content = Content(
        format=FORMAT,
        version=VERSION,
        name="colours | <b>",
        question="",
        created="2026-01-01T00:00:00+00:00",
        winnow="0",
        encoder=EncoderPart(
            spec="colours", identity="colours-1", title="Colours", dim=DIM, looks=looks,
            preprocessing="0" * 64,
        ),
        classes=[
            ClassPart(name=name, prompts=[f"a {name}"], labels=3, threshold=0.5, images=4,
                      share=0.3, seen=4)
            for name in NAMES
        ],
        head=HeadPart(
            kind=kind, zero_temperature=0.1, temperature=1.2, centring="scores",
            agreement=0.9, plain_agreement=0.8,
        ),
        labels=LabelsPart(count=9, audit=4, people=[Person(name="ann", labels=9)], first=None,
                          last=None),
        images=12,
        texts="1" * 64,
        tags=[
            TagPart(
                code="dark", label="Dark", description="a dark picture", type="content",
                prompts=["dark"], contrast=[],
                calibration=CalibrationPart(mean=0, deviation=1, centre=1, scale=0.5, accept=0.7,
                                            reject=0.3, source="collection"),
                learned=True,
            )
        ],
        files={},
    )  # fmt: skip
    head = Head(
        unit((3, DIM), 1),
        np.full(DIM, 0.1, np.float32),
        "scores",
        0.1,
        slice(None) if looks == (0, DIM) else slice(begin, end),
        model(trusts, end - begin, 3),
        1.2,
    )
    exemplars = Exemplars(
        [f"{n:032x}" for n in range(4)],
        ["a/1.jpg", "é.jpg", "b|c.jpg", "x"],
        unit((4, DIM), 2).astype(np.float16),
        np.array([0, 1, 2, 0], np.int32),
    )
    reference = Reference(unit((5, DIM), 3).astype(np.float16), np.full((5, 3), 1 / 3, np.float32))
    return Sorter(
        content, head, unit((1, DIM), 4).astype(np.float64), reference, exemplars,
        {"dark": model(1, DIM, 2)}, "# card\n",
    )  # fmt: skip
