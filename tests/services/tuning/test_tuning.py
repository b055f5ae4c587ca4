"""Tuning a collection's encoder: kept where it helps and harms nothing, refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rotated import COUNT, RotatedEncoder, write_described

from core.embedding.run import embed
from core.encoders.tuned import files
from core.encoders.tuned.learned_from import unseen
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.metrics.retrieval import evaluate_retrieval
from core.services.tuning import managing
from core.services.tuning.outcome import Outcome, verdict
from core.services.tuning.pairing import of_captions, of_table
from core.services.tuning.retention import Retention
from core.services.tuning.tuning import tune

Make = Callable[..., tuple[Project, Path]]


@pytest.fixture
def described(tmp_path: Path) -> Make:
    def make(count: int = COUNT, shuffled: bool = False) -> tuple[Project, Path]:
        folder = tmp_path / f"pictures-{count}-{shuffled}"
        table = write_described(folder, count, shuffled)
        project = Project.open(folder, tmp_path / f"ws-{count}-{shuffled}").use(RotatedEncoder())
        embed(project.workspace, RotatedEncoder())
        return project, table

    return make


def run(project: Project, table: Path, name: str, words: str = "{colours}") -> Outcome:
    snapshot = project.snapshot()
    return tune(snapshot, of_table(snapshot, table, words), name)


def test_what_helps_is_kept_with_its_figures(described: Make) -> None:
    project, table = described()
    outcome = run(project, table, "colours")
    assert outcome.accepted, outcome.why
    assert (outcome.pairs, outcome.unmatched, outcome.spec) == (COUNT, 1, "tuned:colours")
    assert sum(outcome.groups) == COUNT
    content = json.loads(json.dumps(outcome.as_json()))
    for part in ("baseline", "tuned", "delta"):
        for way in ("text_to_image", "image_to_text"):
            assert set(content["test"][part][way]) == {
                "recall_at_1", "recall_at_5", "recall_at_10", "mrr",
            }  # fmt: skip
            assert set(content["validation"][part][way]["mrr"]) == {"value", "low", "high"}
    assert [each["what"] for each in content["retention"]] == ["general"]
    assert outcome.queries and {query.image for query in outcome.queries} <= set(project.pool().ids)
    (header,) = managing.tuned_on("rotated")
    assert header.figures["test"] == content["test"]
    adapter = files.read_adapter(header.path)
    images = adapter.images(project.pool().vectors)
    texts = [text for _, text in sorted(of_table(project.snapshot(), table, "{colours}").rows)]
    words = adapter.texts(RotatedEncoder().encode_texts(texts))
    assert (images @ words.T).argmax(axis=1).tolist().count(0) < 5
    before = project.pool().vectors @ RotatedEncoder().encode_texts(texts).T
    right = np.arange(COUNT)
    assert ((images @ words.T).argmax(axis=1) == right).sum() > (
        before.argmax(axis=1) == right
    ).sum()
    captions = [
        (project.pool().ids[row], text)
        for row, text in of_table(project.snapshot(), table, "{colours}").rows
    ]
    held_out = outcome.groups[2]  # each pair is a group of its own here
    assert len(unseen(captions, ["rotated", "tuned:colours"])) == held_out
    assert unseen(captions, ["rotated", "tuned:missing"]) == captions
    alone = evaluate_retrieval(project.pool(), RotatedEncoder(), captions)
    beside = evaluate_retrieval(
        project.pool(), RotatedEncoder(), captions, beside=["tuned:colours"]
    )
    assert (alone.captions, alone.learned) == (COUNT, 0)
    assert (beside.captions, beside.learned) == (held_out, COUNT - held_out)
    with pytest.raises(WinnowError, match="belong to images that an encoder was tuned on"):
        unheld = set(captions) - set(unseen(captions, ["tuned:colours"]))
        evaluate_retrieval(
            project.pool(), RotatedEncoder(), sorted(unheld), beside=["tuned:colours"]
        )
    with pytest.raises(WinnowError, match="There is a tuned encoder colours already"):
        run(project, table, "colours")
    assert managing.free_name("Colours!") == "colours-2"
    files.remove("colours")


def test_shuffled_pairs_are_refused_and_nothing_is_kept(described: Make) -> None:
    project, table = described(shuffled=True)
    outcome = run(project, table, "nonsense")
    assert not outcome.accepted and outcome.spec == ""
    assert "no sure gain" in outcome.why or "Nothing that was learned helped" in outcome.why
    assert files.names() == []


def test_too_few_pairs_are_refused_in_a_sentence(described: Make) -> None:
    project, table = described(count=60)
    with pytest.raises(WinnowError, match="it takes about 133 groups"):
        run(project, table, "few")
    with pytest.raises(WinnowError, match="has no column named caption or title"):
        of_table(project.snapshot(), table)
    with pytest.raises(WinnowError, match="There is no column 'title'"):
        of_table(project.snapshot(), table, "{title}")
    with pytest.raises(WinnowError, match="has words by"):
        of_table(project.snapshot(), table, "{empty}")
    with pytest.raises(WinnowError, match="has no captions of embedded images"):
        of_captions(project.snapshot())
    with pytest.raises(WinnowError, match="cannot be the name"):
        run(project, table, "../up")


def test_stopped_it_keeps_nothing(described: Make) -> None:
    project, table = described(count=150)
    snapshot, report = project.snapshot(), Report()
    pairs = of_table(snapshot, table, "{colours}")
    report.cancel()
    with pytest.raises(Cancelled):
        tune(snapshot, pairs, "stopped", report=report)
    assert files.names() == []


def test_a_loss_elsewhere_refuses_what_helps(described: Make) -> None:
    project, table = described()
    outcome = run(project, table, "helps")
    files.remove("helps")
    assert outcome.test is not None
    for loss, holds in ((0.004, True), (0.006, False)):
        lost = Retention("classes", 1000, 0.8, 0.8 - loss)
        accepted, why = verdict(outcome.test, [*outcome.retention, lost])
        assert accepted == holds
        assert holds or "The accuracy on your classes falls from 80.0% to 79.4%" in why
