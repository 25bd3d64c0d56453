"""The landscape in 3-D."""

import numpy as np
import pytest

from lrteach import Loss, Scene, descend, landscape, relief, saddle, valley
from lrteach.plots.relief import HEIGHT, View, heights

RUN = descend(valley(), (-7, 2), lr=0.5, steps=20)


def moving(scene):
    return [line for line in scene.axes[0].lines if line.get_animated() and line.get_visible()]


@pytest.mark.parametrize("turn, tilt", [(-60, 35), (0, 0), (90, 90), (123, 45)])
def test_the_camera_sees_a_box_from_far_away(turn, tilt):
    view = View((-2, 2), (0, 1), (3, 7), turn, tilt)
    axes = np.array([view.right, view.up, view.nearer])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    u, v = view.seen(np.array([0.0, 0.5, 3.0]))  # the middle of the floor
    np.testing.assert_allclose([u, v], 0, atol=1e-12)
    corners = np.array([(x, y, z) for x in (-2, 2) for y in (0, 1) for z in (3, 7)], float).T
    inside = view.inside(corners)
    np.testing.assert_array_equal(inside.min(axis=1), [-0.5, -0.5, 0])
    np.testing.assert_array_equal(inside.max(axis=1), [0.5, 0.5, HEIGHT])
    assert view.seen(corners)[0].shape == view.depth(corners).shape == (8,)


def test_from_above_it_is_the_map_and_from_the_side_the_height():
    above, side = (View((-1, 1), (-1, 1), (0, 1), -90, tilt) for tilt in (90, 0))
    points = np.random.default_rng(0).uniform(0, 1, (3, 9)) * [[2], [2], [1]] - [[1], [1], [0]]
    u, v = above.seen(points)
    np.testing.assert_allclose([2 * u, 2 * v], points[:2], atol=1e-12)
    u, v = side.seen(points)
    np.testing.assert_allclose([2 * u, v / HEIGHT], points[[0, 2]], atol=1e-12)


def test_the_path_lies_on_the_surface_and_ends_where_the_run_does():
    scene = Scene(relief(valley(), z=(0, 12))).show(RUN)
    way, marks, now = moving(scene)
    view = View(*valley().bounds, (0, 12), -60, 35)
    u, v = view.seen(np.array([*RUN.theta, RUN.loss]))
    np.testing.assert_allclose(way.get_xydata(), np.transpose([u, v]), atol=1e-12)
    np.testing.assert_array_equal(marks.get_xydata(), way.get_xydata())
    np.testing.assert_array_equal(now.get_xydata(), way.get_xydata()[-1:])
    scene.set(RUN, 5)
    assert len(way.get_xydata()) == 6


def test_what_leaves_the_box_is_not_drawn_beside_it():
    run = descend(saddle(), (-1.0, 0.5), lr=0.5, steps=40)
    scene = Scene(relief(saddle(), x=(-2, 2), y=(-2, 2)), landscape(saddle())).show(run)
    drawn = moving(scene)[0].get_xydata()
    outside = (abs(run.theta) > 2).any(axis=0)
    assert outside.any() and (np.isnan(drawn[:, 0]) == outside).all()


def test_a_place_without_a_finite_loss_is_cut_off():
    hole = Loss(lambda t: np.where(t[0] > 0, np.inf, t[0] ** 2 + t[1] ** 2),
                lambda t: 2 * t, bounds=((-1, 1), (-1, 1)))
    assert np.isfinite(heights(hole, np.array(np.meshgrid([-1, 1], [-1, 1]), float))).all()
    Scene(relief(hole)).show(descend(hole, (-1.0, 1.0), lr=0.1, steps=5)).png()
    for height in (0, -5, 1e300):
        flat = Loss(lambda t, height=height: height + 0 * t[0], lambda t: 0 * t,
                    bounds=((-1, 1), (-1, 1)))
        scene = Scene(relief(flat)).show(descend(flat, (-1.0, 1.0), lr=0.1, steps=5))
        assert "nan" not in scene.overlay()


def test_near_sides_are_named_whatever_the_turn():
    for turn in (-60, 30, 120, 210):
        scene = Scene(relief(valley(), names=("width", "length"), turn=turn))
        words = [text.get_text() for text in scene.axes[0].texts]
        assert {"width", "length", "loss"} < set(words) and len(words) == 7
    with pytest.raises(ValueError, match="names of relief must be two words"):
        relief(valley(), names=("x",))


@pytest.mark.parametrize("wrong, words", [
    ({"z": (3, 1)}, "z of relief"), ({"z": 3}, "z of relief"), ({"z": 0}, "z of relief"),
    ({"turn": "left"}, "turn must be"), ({"tilt": np.inf}, "tilt must be"),
])
def test_what_is_wrong_is_named(wrong, words):
    with pytest.raises((TypeError, ValueError)) as error:
        relief(valley(), **wrong)
    assert words in str(error.value) and len(str(error.value)) < 300
