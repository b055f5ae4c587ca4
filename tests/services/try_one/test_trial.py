"""One picture tried gets what the collection would say of it, by picture, words and both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.learn.heads.names import NAMES
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import predict
from core.services.predict.words import texts_of
from core.services.try_one import picture, replies, trial
from core.services.try_one.judge import Judge, judge_of


def judge(snapshot: Snapshot) -> Judge:
    return judge_of(snapshot, predict(snapshot))


@pytest.mark.parametrize("words", ["", "{title}"])
@pytest.mark.parametrize("labels", [0, 8, 60])
def test_an_image_of_the_collection_gets_what_the_collection_says(described, words, labels) -> None:
    snapshot = described(labels, words)
    of = judge(snapshot)
    predictions = predict(snapshot)
    for row in range(60, 90):
        looked = trial.look(of, picture.of_row(snapshot, row))
        told = trial.answer(of, looked, trial.own_words(snapshot, row))
        np.testing.assert_array_equal(told.probabilities, predictions.probabilities[row])
        # And worked out as for a picture from outside it is nearly that.
        text = texts_of(snapshot).of[row] if words else -1
        vector = texts_of(snapshot).vectors[text] if text >= 0 else None
        again = of.both(looked.seen, vector)
        np.testing.assert_allclose(again, predictions.probabilities[row], atol=0.01)


@pytest.mark.parametrize("head", NAMES)
def test_whatever_the_head(described, head) -> None:
    snapshot = described(30, "").headed(head)
    of, predictions = judge(snapshot), predict(snapshot)
    for row in range(80, 90):
        again = of.both(of.see(snapshot.pool.some(np.array([row]))[0], row))
        np.testing.assert_allclose(again, predictions.probabilities[row], atol=0.01)


def test_classes_raised_for_macro_f1_with_words_and_without(described) -> None:
    snapshot = described(60, "{title}").headed("macro")
    of, predictions = judge(snapshot), predict(snapshot)
    for row in range(60, 90):
        looked = trial.look(of, picture.of_row(snapshot, row))
        text = texts_of(snapshot).of[row]
        vector = texts_of(snapshot).vectors[text] if text >= 0 else None
        again = of.both(looked.seen, vector)
        np.testing.assert_allclose(again, predictions.probabilities[row], atol=0.01)


@pytest.mark.parametrize("refined", [False, True])
@pytest.mark.parametrize("labels", [0, 30])
def test_refined_and_with_a_class_for_none_of_the_others(described, refined, labels) -> None:
    classes = Vocabulary.of({"red": ["red"], "green": ["green"]}).with_none("other")
    snapshot = replace(described(labels, classes=classes), refined=refined)
    of, predictions = judge(snapshot), predict(snapshot)
    for row in (60, 71, 88):
        looked = trial.look(of, picture.of_row(snapshot, row))
        words = trial.own_words(snapshot, row)
        again = of.both(looked.seen, trial.text_vector(snapshot, words) if words else None)
        np.testing.assert_allclose(again, predictions.probabilities[row], atol=0.01)
        assert {like.text for like in looked.prompts} == {"red", "green"}


@pytest.mark.parametrize("labels", [0, 30])
def test_words_change_the_answer_of_a_picture_from_elsewhere(described, red, labels) -> None:
    snapshot = described(labels)
    of, tried = judge(snapshot), picture.at(snapshot, red)
    assert tried.row is None and tried.name == red.name
    looked = trial.look(of, tried)
    silent, blue = trial.answer(of, looked, ""), trial.answer(of, looked, "  blue\n")
    np.testing.assert_array_equal(silent.probabilities.argmax(), 0)
    assert silent.text_only is None and silent.texts == [] == silent.text_prompts
    assert blue.probabilities[2] > silent.probabilities[2]
    assert blue.text_only is not None and blue.text_only.argmax() == 2
    assert looked.image_only.argmax() == 0
    assert blue.text_prompts[0].text == "blue" and looked.prompts[0].text == "red"
    for one in (silent.probabilities, blue.probabilities, blue.text_only, looked.image_only):
        assert one.sum() == pytest.approx(1, abs=1e-5)
    if labels:
        assert [like.name for like in looked.pictures] == ["red"] * trial.LISTED
        assert {like.text for like in blue.texts} == {"blue"}


def test_where_no_words_count_this_is_said(described, red) -> None:
    snapshot = described(8, "")
    of = judge(snapshot)
    looked = trial.look(of, picture.at(snapshot, red))
    told = trial.answer(of, looked, "blue")
    assert told.text_only is None and "no column speaks" in told.note
    np.testing.assert_array_equal(told.probabilities, looked.image_only)
    assert trial.answer(of, looked, "").note == ""


def test_a_copy_of_an_image_is_that_image(described, tmp_path: Path) -> None:
    snapshot = described(8)
    copy = tmp_path / "copy.jpg"
    copy.write_bytes((snapshot.workspace.images / snapshot.pool.paths[4]).read_bytes())
    assert picture.at(snapshot, copy).row == 4
    assert picture.at(snapshot, Path(snapshot.pool.paths[4])).row == 4
    others = trial.look(judge(snapshot), picture.at(snapshot, copy)).pictures
    assert 4 not in {like.row for like in others}


def test_scripts_are_told_all_of_it(described, red) -> None:
    snapshot = described(30)
    of, tried = judge(snapshot), picture.at(snapshot, red)
    content = replies.of_collection(snapshot, tried, trial.answer(of, trial.look(of, tried), "red"))
    assert {"class", "probabilities", "image_only", "text_only", "why"} <= set(content)
    assert content["class"] == "red" == next(iter(content["probabilities"]))
    assert content["in_collection"] is None and content["label"] is None
    own = picture.of_row(snapshot, 0)
    content = replies.of_collection(snapshot, own, trial.answer(of, trial.look(of, own), ""))
    assert content["in_collection"] == snapshot.pool.paths[0] and content["label"] is not None
