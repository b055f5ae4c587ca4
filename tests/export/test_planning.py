"""Plans: every image exactly once, names settled without loss, nothing outside the folders."""

import random as randomness
from pathlib import Path

import pytest
from export.export_builders import planned
from hypothesis import given
from hypothesis import strategies as st

from core.export.names import fold
from core.export.options import ExportOptions
from core.export.plan import Assignment, Plan, Rejected, check_relative
from core.export.planning import make_plan
from core.runtime.errors import WinnowError
from core.services.export.runs import dry_run

SHARES = (0.7, 0.15, 0.15)
PART = st.one_of(
    st.sampled_from(
        ["a.jpg", "A.jpg", "a (2).jpg", "\u00e1.jpg", "a\u0301.jpg", "train", "TRAIN", "x"]
    ),
    st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8).filter(
        lambda part: part not in (".", "..")
    ),
)
PATHS = st.lists(
    st.lists(PART, min_size=1, max_size=4).map("/".join), min_size=0, max_size=25, unique=True
)
CLASSES = st.lists(
    st.one_of(st.sampled_from(["cat", "Cat", "review", "splits", "CON", "../x", ""]), st.text()),
    min_size=1,
    max_size=6,
)


def targets(plan: Plan) -> dict[str, str]:
    return {item.assignment.path: item.target for item in plan.items}


@given(PATHS, CLASSES, st.randoms(use_true_random=False), st.sampled_from([None, SHARES]))
def test_every_image_appears_exactly_once(paths, classes, random, shares) -> None:
    every, refused = [], []
    for path in paths:
        if random.random() < 0.2:
            refused.append(Rejected(path, "broken"))
            continue
        source = random.choice(["human", "model", "prompt"])
        probability = random.random()
        label = random.choice(classes)
        every.append(planned(path, label, source=source, probability=probability))
    options = ExportOptions(splits=shares, review_below=0.5)
    plan = make_plan(every, refused, classes, options)

    placed = [item.assignment.path for item in plan.items] + [r.path for r in plan.rejected]
    assert sorted(placed) == sorted(paths)
    assert len({fold(item.target) for item in plan.items}) == len(plan.items)
    assert sum(plan.counts.values()) + plan.review == len(plan.items)
    for item in plan.items:
        folder = plan.folders[item.assignment.label]
        name = item.target.removeprefix(f"review/{folder}/" if item.review else f"{folder}/")
        assert "/" not in name
        assert name not in ("", ".", "..")
        assert item.review == (
            item.assignment.source != "human" and item.assignment.probability < 0.5
        )
        assert (item.split is None) == (item.review or shares is None)

    random.shuffle(every)
    assert targets(make_plan(every, refused, classes, options)) == targets(plan)


def test_files_of_one_name_get_the_folder_in_which_they_differ() -> None:
    paths = ["test/cat/1.jpg", "train/cat/1.jpg", "validation/cat/1.JPG", "train/cat/2.jpg"]
    plan = make_plan([planned(path, "cat") for path in paths], [], ["cat"], ExportOptions())
    assert targets(plan) == {
        "test/cat/1.jpg": "cat/1.jpg",
        "train/cat/1.jpg": "cat/1 (train).jpg",
        "validation/cat/1.JPG": "cat/1 (validation).JPG",
        "train/cat/2.jpg": "cat/2.jpg",
    }
    assert [item.assignment.path for item in plan.collisions] == [
        "train/cat/1.jpg",
        "validation/cat/1.JPG",
    ]


def test_the_file_nearest_to_the_root_keeps_its_name_and_numbers_come_last() -> None:
    paths = ["a/photo.jpg", "a/a/photo.jpg", "photo.jpg", "photo (a).jpg", "PHOTO.jpg"]
    plan = make_plan([planned(path, "cat") for path in paths], [], ["cat"], ExportOptions())
    assert targets(plan) == {
        "PHOTO.jpg": "cat/PHOTO.jpg",
        "photo (a).jpg": "cat/photo (a).jpg",
        "photo.jpg": "cat/photo (2).jpg",
        "a/photo.jpg": "cat/photo (3).jpg",
        "a/a/photo.jpg": "cat/photo (4).jpg",
    }


def test_names_that_only_look_alike_on_disk_stay_apart() -> None:
    paths = ["x/caf\u00e9.jpg", "y/cafe\u0301.jpg", "z/caf\udce9.jpg", "caf_.jpg"]
    plan = make_plan([planned(path, "cat") for path in paths], [], ["cat"], ExportOptions())
    assert targets(plan) == {
        "x/caf\u00e9.jpg": "cat/caf\u00e9.jpg",
        "y/cafe\u0301.jpg": "cat/caf\u00e9 (y).jpg",
        "z/caf\udce9.jpg": "cat/caf_ (z).jpg",
        "caf_.jpg": "cat/caf_.jpg",
    }


def test_review_takes_uncertain_predictions_but_never_human_labels() -> None:
    entries = [
        planned("sure.jpg", "cat", probability=0.5),
        planned("unsure.jpg", "cat", probability=0.499),
        planned("nan.jpg", "cat", probability=float("nan")),
        planned("human.jpg", "cat", probability=0.1, source="human"),
    ]
    options = ExportOptions(review_below=0.5, splits=SHARES)
    plan = make_plan(entries, [], ["cat", "dog"], options)
    assert {i.assignment.path for i in plan.items if i.review} == {"unsure.jpg", "nan.jpg"}
    assert targets(plan)["unsure.jpg"] == "review/cat/unsure.jpg"
    assert all((item.split_target is None) == item.review for item in plan.items)
    assert (plan.counts, plan.review) == ({"cat": 2, "dog": 0}, 2)


def test_review_takes_what_is_hardly_more_probable_than_the_second_class() -> None:
    entries = [
        planned("clear.jpg", "cat", ratio=1.1),
        planned("close.jpg", "cat", ratio=1.09),
        planned("nan.jpg", "cat", ratio=float("nan")),
        planned("alone.jpg", "cat"),
        planned("human.jpg", "cat", ratio=1.0, source="human"),
    ]
    plan = make_plan(entries, [], ["cat", "dog"], ExportOptions(review_ratio=1.1))
    reasons = {i.assignment.path: i.reason for i in plan.items if i.review}
    assert reasons.keys() == {"close.jpg", "nan.jpg"}
    assert reasons["close.jpg"] == "1.090 times as probable as the second class, below 1.1"


def test_splits_do_not_move_when_data_are_added_renamed_or_relabeled() -> None:
    options = ExportOptions(splits=SHARES, seed=3)
    few = [planned(f"{n}.jpg", "cat") for n in range(300)]
    before = make_plan(few, [], ["cat"], options)
    more = [planned(f"new/{n}.jpg", "dog") for n in range(500)]
    changed = [planned("moved/" + a.path, "dog", id=a.id) for a in few]
    after = make_plan(changed + more, [], ["cat", "dog"], options)
    splits = {item.assignment.id: item.split for item in after.items}
    assert {item.split for item in before.items} == {"train", "val", "test"}
    assert all(splits[item.assignment.id] == item.split for item in before.items)


def test_every_class_is_cut_by_the_same_shares_and_duplicates_stay_together() -> None:
    random = randomness.Random(0)
    label = {n: random.choices(["big", "small"], [9, 1])[0] for n in range(8000)}
    entries = [planned(f"{n}.jpg", name) for n, name in label.items()]
    copies = [planned("copy/" + a.path, "small", id=a.id) for a in entries[:100]]
    plan = make_plan(entries + copies, [], ["big", "small"], ExportOptions(splits=SHARES))
    splits = {item.assignment.path: item.split for item in plan.items}
    for name in ("big", "small"):
        own = [splits[a.path] for a in entries if a.label == name]
        assert own.count("test") / len(own) == pytest.approx(0.15, abs=0.05)
    assert all(splits[copy.path] == splits[copy.path.removeprefix("copy/")] for copy in copies)
    assert len(plan.items) == 8100


def test_a_class_too_small_for_a_split_is_named() -> None:
    plan = make_plan([planned("1.jpg", "tiny")], [], ["tiny"], ExportOptions(splits=SHARES))
    named = [note for note in plan.notes if "No image of 'tiny'" in note]
    assert len(named) == 2
    assert {note for note in plan.notes if "ImageFolder" in note} == set(plan.notes) - set(named)


ANY_PATH = st.lists(st.sampled_from(["", ".", "..", "...", "a", ".a", "\n", "a\0b"]), max_size=4)


@given(st.lists(ANY_PATH.map("/".join), max_size=5))
def test_paths_are_refused_exactly_when_a_part_leads_out(paths: list[str]) -> None:
    wrong = [p for p in paths if "\0" in p or {"", ".", ".."} & set(p.split("/"))]
    if not wrong:
        check_relative(paths, "the folder")
        return
    with pytest.raises(WinnowError, match="does not stay inside") as caught:
        check_relative(paths, "the folder")
    assert str(caught.value).startswith(f"The path {wrong[0]!r} ")


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "a/../b.jpg", "", ".", "a//b.jpg", "./a", "a\0b"]
)
def test_a_path_out_of_the_image_folder_is_refused(path: str) -> None:
    with pytest.raises(WinnowError, match="does not stay inside the image folder"):
        make_plan([planned(path, "cat")], [], ["cat"], ExportOptions())


def test_mistakes_are_refused() -> None:
    cat: list[Assignment] = [planned("1.jpg", "cat")]
    with pytest.raises(WinnowError, match=r"'1\.jpg' has the label 'cat', which is not one"):
        make_plan(cat, [], ["dog"], ExportOptions())
    with pytest.raises(ValueError, match="more than once"):
        make_plan(cat * 2, [], ["cat"], ExportOptions())
    with pytest.raises(ValueError, match="more than once"):
        make_plan(cat, [Rejected("1.jpg", "broken")], ["cat"], ExportOptions())
    with pytest.raises(WinnowError, match="Unknown mode 'move'"):
        make_plan(cat, [], ["cat"], ExportOptions(mode="move"))  # type: ignore[arg-type]
    with pytest.raises(WinnowError, match=r"not 1\.5"):
        make_plan(cat, [], ["cat"], ExportOptions(review_below=1.5))
    with pytest.raises(WinnowError, match=r"sum to 1\.3"):
        make_plan(cat, [], ["cat"], ExportOptions(splits=(1.0, 0.15, 0.15)))


SUMMARY = ("images", "classes", "review", "rejected", "renamed", "bytes")


def test_summary_counts_what_the_plan_holds() -> None:
    entries = [
        planned("1.jpg", "cat", size=10),
        planned("a/1.jpg", "cat", size=5),
        planned("2.jpg", "n/a", size=7, probability=0.1),
    ]
    options = ExportOptions(review_below=0.2)
    plan = make_plan(entries, [Rejected("z.txt", "no image")], ["cat", "n/a"], options)
    summary = dry_run(plan, Path("out")).as_json()
    assert {key: summary[key] for key in SUMMARY} == {
        "images": 4,
        "classes": {"cat": 2, "n/a": 0},
        "review": 1,
        "rejected": 1,
        "renamed": 1,
        "bytes": 22,
    }
    assert plan.bytes_needed == 22
    links = make_plan(entries, [], ["cat", "n/a"], ExportOptions(mode="symlink"))
    assert links.bytes_needed == 0
