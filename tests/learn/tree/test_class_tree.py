"""A tree of classes: sums, places, labels of a branch."""

import numpy as np
import pytest

from core.learn.tree.class_tree import MOST_LEVELS, REVIEW, ClassTree

LEAVES = ["apple", "pear", "leek", "milk", "bag"]
PARENTS = {
    "apple": "fruit",
    "pear": "fruit",
    "leek": "vegetable",
    "fruit": "fresh",
    "vegetable": "fresh",
    "milk": "packed",
}


@pytest.fixture
def tree() -> ClassTree:
    return ClassTree.of(LEAVES, PARENTS)


@pytest.fixture
def probabilities() -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.full(5, 0.4), size=400).astype(np.float32)


def test_branches_stand_above_all_that_they_hold(tree):
    assert tree.names[:5] == tuple(LEAVES)
    assert all(parent == -1 or parent > node for node, parent in enumerate(tree.parents))
    assert [tree.names[n] for n in tree.path(0)] == ["fresh", "fruit", "apple"]
    assert [tree.names[n] for n in tree.children(-1)] == ["bag", "packed", "fresh"]


def test_without_parents_a_tree_is_flat_and_placing_is_the_most_probable_class(probabilities):
    flat = ClassTree.of(LEAVES, {})
    assert flat.is_flat
    best = probabilities.argmax(axis=1)
    expected = np.where(probabilities.max(axis=1) >= 0.6, best, REVIEW)
    np.testing.assert_array_equal(flat.placed(probabilities, 0.6), expected)


def test_the_nodes_without_parent_share_all_probability(tree, probabilities):
    sums = tree.sums(probabilities)
    np.testing.assert_allclose(sums[:, tree.children(-1)].sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(sums, probabilities @ tree.holds.T, atol=1e-6)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.6, 0.95])
def test_an_image_is_placed_where_the_chain_is_last_sure_enough(tree, probabilities, threshold):
    placed = tree.placed(probabilities, threshold)
    nodes, sure = tree.surest(probabilities)
    deep = (sure >= threshold) & (nodes >= 0)
    last = np.where(deep.any(axis=1), deep.shape[1] - 1 - deep[:, ::-1].argmax(axis=1), -1)
    expected = np.where(last >= 0, nodes[np.arange(len(nodes)), last], REVIEW)
    np.testing.assert_array_equal(placed, expected)
    assert (np.diff(sure, axis=1) <= 1e-12).all()
    sums = tree.sums(probabilities)
    inside = placed >= 0
    assert (sums[inside, placed[inside]] >= threshold).all()


def test_a_higher_threshold_never_places_deeper(tree, probabilities):
    depth = np.append(tree.depths, -1)
    before = depth[tree.placed(probabilities, 0.4)]
    assert (depth[tree.placed(probabilities, 0.8)] <= before).all()


def test_a_place_is_right_when_it_holds_what_is_true(tree):
    number = tree.number
    nodes = np.array([number[n] for n in ["fresh", "fruit", "apple", "packed", "fruit"]] + [REVIEW])
    truth = np.array([number["apple"]] * 4 + [number["fresh"], number["apple"]])
    assert tree.right(nodes, truth).tolist() == [True, True, True, False, False, False]


def test_a_label_of_a_branch_is_spread_over_its_classes_as_the_model_believes(tree, probabilities):
    some = probabilities[:3]
    nodes = np.array([tree.number["fruit"], tree.number["milk"], tree.number["fresh"]])
    shares = tree.shares(nodes, some)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert shares[1].tolist() == [0, 0, 0, 1, 0]
    assert shares[0, 0] / shares[0, 1] == pytest.approx(some[0, 0] / some[0, 1], rel=1e-4)
    assert (shares[2, 3:] == 0).all()


def test_a_tree_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="a class and a group"):
        ClassTree.of(["a", "b"], {"a": "b"})
    with pytest.raises(ValueError, match="holds itself"):
        ClassTree.of(["a"], {"a": "x", "x": "y", "y": "x"})
    with pytest.raises(ValueError, match="holds no class"):
        ClassTree.of(["a"], {"q": "x"})
    chain = {"a": "1"} | {str(n): str(n + 1) for n in range(1, MOST_LEVELS)}
    with pytest.raises(ValueError, match="levels"):
        ClassTree.of(["a"], chain)


def test_images_in_blocks_are_placed_as_all_at_once(monkeypatch) -> None:
    random = np.random.default_rng(3)
    names = [f"class {n}" for n in range(40)]
    above = {name: f"group {n % 7}" for n, name in enumerate(names[:35])}
    tree = ClassTree.of(names, above | {"group 0": "top", "group 1": "top"})
    chances = random.dirichlet(np.full(40, 0.1), size=90).astype(np.float32)
    whole = tree.surest(chances)
    nodes = np.where(whole[0][:, 1] >= 0, whole[0][:, 1], whole[0][:, 0])
    own, rival = tree.lead(chances, nodes)
    np.testing.assert_array_equal(own, tree.sums(chances)[np.arange(90), nodes])
    np.testing.assert_array_equal(rival, np.where(tree.holds[nodes], 0.0, chances).max(axis=1))
    monkeypatch.setattr("core.learn.tree.class_tree._CELLS", 300)
    for once, again in zip(
        (*whole, own, rival), (*tree.surest(chances), *tree.lead(chances, nodes)), strict=True
    ):
        np.testing.assert_array_equal(once, again)
