"""The panels of a range test, on the data of their artists."""

import warnings

import numpy as np
import pytest

from lrteach import (
    Loss,
    Scene,
    descend,
    lr_range_test,
    mark_rates,
    range_curve,
    range_measured,
    rate_curve,
    ravine,
)
from lrteach.plots.ranges import RULES, tangent

F = ravine(1, 10)
START = [3.0, -2.0]


def test(theta=START, **how):
    how = {
        "min_lr": 1e-4,
        "max_lr": 10,
        "smoothing": 0.5,
        "measure": {"far": lambda theta: np.hypot(*theta) / 10},
        "every": 5,
    } | how
    return lr_range_test(F, theta, **how)


test.__test__ = False


def drawn(scene, k=0):
    """The moving lines of a panel that have data, and its moving texts."""
    lines = [
        line
        for line in scene.axes[k].lines
        if line.get_animated() and np.isfinite(line.get_xydata()).all(axis=1).any()
    ]
    return lines, [
        text.get_text() for text in scene.axes[k].texts if text.get_animated() and text.get_text()
    ]


def points(scene, k=0):
    """The middles of the raw dots, in the units of the picture."""
    ax, dots = (
        scene.axes[k],
        scene.axes[k].patches[0].get_xy().reshape(-1, 7, 2)[:, :6].mean(axis=1),
    )
    return (ax.transScale + ax.transLimits).inverted().transform(dots)


def find(lines, marker):
    return next(
        line
        for line in lines
        if line.get_marker() == marker and line.get_transform().contains_branch(line.axes.transData)
    )


def test_range_curve_shows_raw_and_smoothed_losses_and_the_lowest():
    seen, scene = test(), Scene(range_curve(x=(1e-4, 10), y=(0, 30)))
    scene.show(seen)
    lines, _ = drawn(scene)
    np.testing.assert_allclose(points(scene), np.stack([seen.lr, seen.loss], axis=1), rtol=1e-9)
    assert any(
        np.array_equal(line.get_xydata(), np.stack([seen.lr, seen.smooth], axis=1))
        for line in lines
    )
    low = seen.smooth.argmin()
    assert find(lines, "*").get_xydata().tolist() == [[seen.lr[low], seen.smooth[low]]]


def test_range_curve_marks_the_suggestions_at_the_end_and_on_the_curve():
    seen, scene = test(), Scene(range_curve(x=(1e-4, 10), y=(0, 30)))
    scene.show(seen, 20)
    lines, texts = drawn(scene)
    assert (
        texts == []
        and not any(line.get_marker() in "^D*" for line in lines)
        and len(points(scene)) == 21
    )
    scene.show(seen)
    lines, texts = drawn(scene)
    for rule, (_, marker) in RULES.items():
        ((rate, height),) = find(lines, marker).get_xydata()
        assert rate == seen.suggestions()[rule] and height == pytest.approx(
            np.interp(np.log(rate), np.log(seen.lr), seen.smooth)
        )
        assert f"{rule}  {rate:.2g}" in texts
    assert (
        f"steepest {seen.suggestions()['steepest']:.2g}" in scene.sentence()
        and "the test ended as 'diverged'" in scene.sentence()
    )


def test_the_slope_of_steepest_is_that_of_the_curve():
    seen, scene = test(), Scene(range_curve(x=(1e-4, 10), y=(0, 30)))
    scene.show(seen)
    k = int(np.abs(seen.lr - seen.suggestions()["steepest"]).argmin())
    (x0, x1), (y0, y1) = tangent(seen.lr, seen.smooth, seen.lr[k])
    assert (y1 - y0) / np.log(x1 / x0) == pytest.approx(
        (seen.smooth[k + 1] - seen.smooth[k]) / np.log(seen.lr[k + 1] / seen.lr[k])
    )
    assert x0 * x1 == pytest.approx(seen.lr[k] ** 2) and (y0 + y1) / 2 == pytest.approx(
        seen.smooth[k]
    )
    assert any(np.array_equal(line.get_xydata(), [[x0, y0], [x1, y1]]) for line in drawn(scene)[0])


def test_a_refusal_is_read_in_the_picture_and_in_the_sentence_and_goes_away_again():
    scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30), phases=True))
    scene.show(test(max_lr=1e-3))
    lines, texts = drawn(scene)
    assert "No suggestion" in " ".join(texts) and not any(
        line.get_marker() in ("D", "*") for line in lines
    )
    assert (
        "No suggestion" in scene.sentence()
        and "No bounds" in scene.sentence()
        and "flat" not in texts
    )
    scene.show(test())
    assert "No suggestion" not in " ".join(drawn(scene)[1]) + scene.sentence()
    assert any(line.get_marker() == "*" for line in drawn(scene)[0])


def test_phases_part_the_picture_at_the_bounds_and_the_lowest_point():
    seen, scene = test(), Scene(range_curve(x=(1e-4, 10), y=(0, 30), rules=False, phases=True))
    scene.show(seen)
    lines, texts = drawn(scene)
    assert texts == ["flat", "falling", "flattening", "rising"]
    edges = [1e-4, *seen.bounds(), seen.lr[seen.smooth.argmin()], 10]
    upright = [line.get_xdata() for line in lines if list(line.get_ydata()) == [0, 1]]
    assert [x[0] for x in upright] == edges[1:-1] and all(x[0] == x[1] for x in upright)
    places = [text.get_position()[0] for text in scene.axes[0].texts if text.get_text()]
    for low, place, high in zip(edges, places, edges[1:], strict=False):
        assert low < place < high
    scene.show(seen, 10)
    assert drawn(scene)[1] == []


def test_phases_at_rates_of_ones_own():
    scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30), rules=False, phases=(1e-3, 0.1, 0.5)))
    scene.show(descend(F, START, lr=lambda t: 1e-4 * 10.0**t, steps=3))
    lines, texts = drawn(scene)
    assert (
        texts == ["flat", "falling", "flattening", "rising"] and "up to lr 0.1" in scene.sentence()
    )
    assert [line.get_xdata()[0] for line in lines if list(line.get_ydata()) == [0, 1]] == [
        1e-3,
        0.1,
        0.5,
    ]


def test_of_a_batch_each_curve_is_thin_and_the_median_is_read():
    batch = test(np.array([[3.0, 2.0, 4.0], [-2.0, -1.0, -3.0]]))
    scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30)), range_measured(x=(1e-4, 10), name="far"))
    scene.show(batch)
    lines, texts = drawn(scene)
    assert np.isnan(points(scene)).all()
    (thin,) = [line for line in lines if line.get_linewidth() == 0.8]
    np.testing.assert_array_equal(
        np.append(thin.get_ydata(), np.nan).reshape(3, -1)[:, :-1], batch.smooth.T
    )
    (thick,) = [line for line in lines if line.get_linewidth() == 2.6]
    np.testing.assert_array_equal(
        thick.get_xydata(), np.stack([batch.median().lr, batch.median().smooth], axis=1)
    )
    assert f"valley  {batch.suggestions()['valley']:.2g}" in texts and "3 runs" in scene.sentence()
    each, median = drawn(scene, 1)[0]
    np.testing.assert_allclose(
        median.get_xydata(),
        np.stack([batch.lr[::5], 100 * np.median(batch.measured["far"], axis=1)], axis=1),
    )
    assert len(each.get_xdata()) == 3 * (len(batch.measured["far"]) + 1) - 1
    scene.show(batch, 11)
    assert len(drawn(scene, 1)[0][1].get_xdata()) == 3


def test_a_test_that_sees_no_number_is_drawn():
    nothing = lr_range_test(Loss(lambda theta: np.nan * theta, lambda theta: theta), 1.0)
    scene = Scene(range_curve(x=(1e-7, 10), y=(0, 4), phases=True))
    scene.show(nothing)
    assert (
        "0 finite losses" in " ".join(" ".join(drawn(scene)[1]).split())
        and 'd="Mnan' not in scene.overlay()
        and scene.png()
    )


def test_several_tests_share_the_picture_without_two_lists():
    scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30)))
    scene.show({"one": test(), "other": test(max_lr=1)})
    lines, texts = drawn(scene)
    assert texts == [] and sum(line.get_marker() == "D" for line in lines) == 2


def test_marked_rates_stand_in_the_background_of_any_panel():
    panel = mark_rates(
        rate_curve(x=(0, 1), y=(1, 10)), {"valley": 0.3, "slide": None, "2 / curvature": 0.5}
    )
    scene = Scene(panel)
    upright = {
        line.get_label(): line.get_xdata()[0]
        for line in scene.axes[0].lines
        if line.get_label().startswith(("valley", "slide", "2"))
    }
    assert upright == {"valley  0.3": 0.3, "2 / curvature  0.5": 0.5}


def test_marks_of_the_picture_itself():
    scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30), upright={"critical": 0.2}))
    assert [
        line.get_xdata()[0] for line in scene.axes[0].lines if line.get_label() == "critical: 0.2"
    ] == [0.2]


def test_rules_without_a_rate_are_not_marked():
    none = test([1e200, 1e200], min_lr=1.0).suggestions()
    assert set(none.values()) == {None}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for panel in (
            mark_rates(rate_curve(x=(1e-4, 1), y=(1e-3, 1)), none),
            range_curve(x=(1e-4, 10), y=(0, 30), upright=none),
        ):
            scene = Scene(panel)
            scene.show(test())
            assert not [line for line in scene.axes[0].lines if "none" in line.get_label()]


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: range_curve(x=(1e-4, 10), y=(0, 30), phases=test().bounds()),
            r"phases must be True or three rates, not \[0\.[0-9]+, 0\.[0-9]+\]",
        ),
        (
            lambda: mark_rates(rate_curve(x=(1e-4, 1), y=(1e-3, 1)), test()),
            "rates must be {rule: rate}, such as test.suggestions\\(\\), not <RangeTest",
        ),
        (
            lambda: Scene(range_measured(x=(1e-4, 10), name="near")).show(test()),
            "this run has not measured 'near'",
        ),
        (
            lambda: Scene(range_measured(x=(1e-4, 10))).show(
                descend(ravine(1, 10), [1, 1], lr=0.1, steps=3)
            ),
            "this panel shows a RangeTest",
        ),
    ],
)
def test_errors_say_what_is_allowed(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_phases_may_be_an_array():
    scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30), phases=np.array([1e-3, 1e-2, 1e-1])))
    scene.show(test())
    assert "flattening" in drawn(scene)[1]


def test_few_points_of_labelled_runs_have_the_markers_of_the_legend():
    for steps, marked in [(20, True), (60, False)]:
        scene = Scene(range_curve(x=(1e-4, 10), y=(0, 30), rules=False))
        scene.show({"one": test(steps=steps), "other": test(steps=steps)})
        named = [one.get_marker() for one in scene.figure.legends[0].legend_handles]
        found = [line.get_marker() for line in scene.axes[0].lines if len(line.get_xdata()) > 1]
        assert [marker for marker in found if marker in named] == (named if marked else [])
