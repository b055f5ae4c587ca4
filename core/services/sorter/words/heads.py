"""The part of a sorter that judges images with words: learned, judged, put into the file's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.learn.models.fused import Model
from core.learn.predictions import ZeroShot
from core.learn.words.block import Words
from core.learn.words.model import Mix, Part, WordModel
from core.project.snapshot import Snapshot
from core.prompts import zeroshot
from core.runtime.progress import Report
from core.services.export.measuring import LEAST
from core.services.predict.predicting import learner, predict
from core.services.predict.words import words_of
from core.services.predict.zero_shot import zero_shot
from core.services.sorter.heads import judge
from core.sorter.distilling import Distilled, distil, student
from core.sorter.schema import Figure, MixPart, WordsPart
from core.sorter.words import WordHead

WORDS_GO = (
    "Words go along: where a table comes with other images, the file judges pictures and words "
    "together. Its other figures are those of pictures alone."
)
"""What people are told where words count in the question."""
_FOLDS = 5
_BOTH: Mix = Mix(1.0, 1.0, "joint")


@dataclass(frozen=True, eq=False)
class MadeWords:
    """What a model file holds of words: its part of ``model.json``, and what scores."""

    content: WordsPart
    head: WordHead


@dataclass(frozen=True, eq=False)
class _Pupils:
    """The images with words, m of them, in the order of their rows.

    Attributes:
        rows: (m,) in the collection; inputs, offsets: what the model reads of them.
    """

    rows: np.ndarray
    inputs: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, snapshot: Snapshot, words: Words, zero: ZeroShot) -> _Pupils:
        rows = np.flatnonzero(words.present)
        own = words.take(rows)
        assert own is not None
        return cls(rows, own.beside(snapshot.looks[rows]), own.offsets(zero.logits[rows]))

    def labeled(self, rows: np.ndarray) -> np.ndarray:
        """Which of some labeled rows (n,) of the collection are among them, as places here."""
        return np.searchsorted(self.rows, rows[np.isin(rows, self.rows)])


@dataclass(frozen=True, eq=False)
class _Learned:
    kind: Literal["prompts", "plain", "distilled"]
    model: WordModel
    distilled: Distilled | None = None

    @property
    def better(self) -> Distilled | None:
        """How it was distilled; None where it was not."""
        return self.distilled if self.kind == "distilled" else None


def make(snapshot: Snapshot, report: Report) -> MadeWords | None:
    """What judges pictures together with words; None where no image has any.

    As for pictures, the regressions themselves or one that was distilled from the collection's
    probabilities, whichever is nearer to these.

    Raises:
        WinnowError: the template is wrong, or names a column that is not there.
        Cancelled: asked to stop.
    """
    if not snapshot.words:
        return None
    zero = zero_shot(snapshot, snapshot.refined)
    words = words_of(snapshot, zero)
    if words is None:
        return None
    report.step("Learning what words add")
    pupils = _Pupils.of(snapshot, words, zero)
    learned = _learn(snapshot, pupils)
    audit = predict(snapshot).audit
    audit = audit[words.present[audit]]
    unseen = _unseen(snapshot, pupils, learned, audit, report)
    judged = judge(snapshot.human[audit], unseen, snapshot.names, len(pupils.rows))
    prompts = zeroshot.prototypes(snapshot.encoder, snapshot.classes, snapshot.texts)
    head = WordHead(
        prompts,
        words.frame,
        float(words.temperature),
        words.scales,
        learned.model,
        judged.temperature,
        judged.thresholds.astype(np.float32),
    )
    seen = judged.evaluation
    content = WordsPart(
        template=snapshot.words,
        kind=learned.kind,
        score_temperature=head.score_temperature,
        scales=head.scales,
        temperature=head.temperature,
        thresholds=judged.thresholds.tolist(),
        images=len(pupils.rows),
        audit=len(audit),
        agreement=learned.distilled.agreement if learned.distilled else None,
        plain_agreement=learned.distilled.plain_agreement if learned.distilled else None,
        accuracy=None
        if seen is None
        else Figure(value=seen.accuracy, low=seen.accuracy_low, high=seen.accuracy_high),
        parts=[MixPart(share=p.share, offsets=p.mix.offsets) for p in learned.model.parts],
    )
    return MadeWords(content, head)


def _learn(snapshot: Snapshot, pupils: _Pupils) -> _Learned:
    rows = np.flatnonzero(snapshot.human >= 0)
    if len(rows) == 0:
        slopes = np.empty((0, pupils.inputs.shape[1], len(snapshot.names)), np.float32)
        nothing = Model(slopes, slopes[:, 0], slopes[:, 0, 0], np.empty(0))
        return _Learned("prompts", _alone(nothing))
    fitted = learner(snapshot, snapshot.refined).fit(rows, snapshot.human[rows])
    plain = fitted.model
    assert isinstance(plain, WordModel)
    places = pupils.labeled(rows)
    classes = snapshot.human[pupils.rows[places]]
    teacher = fitted.probabilities[pupils.rows]
    distilled = distil(plain, pupils.inputs, pupils.offsets, teacher, places, classes)
    # What is no regression (a small network) goes into the file as what it teaches one.
    if distilled.better or not all(isinstance(part.model, Model) for part in plain.parts):
        return _Learned("distilled", _alone(distilled.model), distilled)
    return _Learned("plain", WordModel(plain.parts, None), distilled)


def _unseen(
    snapshot: Snapshot, pupils: _Pupils, learned: _Learned, audit: np.ndarray, report: Report
) -> np.ndarray:
    """(a, K) probabilities of audit images with words, each by a head that did not see it."""
    unseen = np.empty((len(audit), len(snapshot.names)), np.float32)
    if len(audit) < LEAST:
        return unseen  # too few to judge anything by
    rows = np.flatnonzero(snapshot.human >= 0)
    deal = np.random.default_rng(0).permutation(len(audit)) % _FOLDS
    for fold in range(_FOLDS):
        report.step("Judging words by images kept aside", fold, _FOLDS)
        out = audit[deal == fold]
        model = _without(snapshot, pupils, rows[~np.isin(rows, out)], learned.better)
        places = np.searchsorted(pupils.rows, out)
        unseen[deal == fold] = model.predict(pupils.inputs[places], pupils.offsets[places])
    return unseen


def _without(
    snapshot: Snapshot, pupils: _Pupils, rows: np.ndarray, like: Distilled | None
) -> WordModel:
    """The head of some of the labels: distilled as another one was, or plain for None."""
    fitted = learner(snapshot, snapshot.refined).fit(rows, snapshot.human[rows])
    if like is None:
        assert isinstance(fitted.model, WordModel)
        return WordModel(fitted.model.parts, None)
    places = pupils.labeled(rows)
    classes = snapshot.human[pupils.rows[places]]
    teacher = fitted.probabilities[pupils.rows]
    return _alone(student(pupils.inputs, teacher, places, classes, like.precision))


def _alone(model: Model) -> WordModel:
    return WordModel((Part(_BOTH, 1.0, model),), None)
