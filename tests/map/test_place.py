"""New images on an old map: near their like, whatever comes with them."""

import numpy as np
import pytest

from core.map.place import place


def _groups(n=400, seed=0):
    """Four groups of unit vectors, each at a corner of the map."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 4
    vectors = np.eye(12)[group] + rng.normal(scale=0.08, size=(n, 12))
    corners = np.array([[-8, -8], [8, -8], [8, 8], [-8, 8]])
    positions = corners[group] + rng.normal(scale=0.5, size=(n, 2))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), positions.astype(np.float32), group, corners


def test_an_image_goes_to_its_group():
    vectors, positions, group, corners = _groups()
    placement = place(
        vectors[::3], np.delete(vectors, np.s_[::3], 0), np.delete(positions, np.s_[::3], 0)
    )
    assert np.abs(placement.points - corners[group[::3]]).max() < 2.5
    assert placement.far.mean() < 0.05


def test_a_copy_goes_next_to_its_original():
    vectors, positions, _, _ = _groups()
    placement = place(vectors[7:8], vectors, positions)
    assert np.linalg.norm(placement.points[0] - positions[7]) < 1.5 and not placement.far[0]


def test_the_place_of_an_image_does_not_depend_on_its_companions():
    vectors, positions, _, _ = _groups()
    new = _groups(seed=5)[0][:50]
    together = place(new, vectors, positions).points
    backwards = place(new[::-1], vectors, positions).points[::-1]
    alone = np.concatenate([place(one[None], vectors, positions).points for one in new])
    assert np.allclose(together, backwards, atol=1e-3) and np.allclose(together, alone, atol=1e-3)


def test_an_image_between_two_groups_joins_one_of_them():
    vectors, positions, _, _ = _groups()
    between = vectors[0] + vectors[1]
    point = place((between / np.linalg.norm(between))[None], vectors, positions).points[0]
    assert abs(point[0]) > 5 and abs(point[1]) > 5


def test_images_unlike_all_others_are_far():
    vectors, positions, _, _ = _groups()
    strange = np.zeros((5, 12), np.float32)
    strange[:, 9] = 1
    assert place(strange, vectors, positions).far.all()


def test_few_known_and_none_new():
    vectors, positions, _, _ = _groups()
    assert np.allclose(place(vectors[1:3], vectors[:1], positions[:1]).points, positions[0])
    assert place(vectors[:0], vectors, positions).points.shape == (0, 2)
    with pytest.raises(ValueError):
        place(vectors, vectors[:0], positions[:0])
    with pytest.raises(ValueError):
        place(vectors[:, :3], vectors, positions)
