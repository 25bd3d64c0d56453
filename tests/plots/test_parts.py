"""What panels share: losses known by what is drawn, words inside the picture, small pictures."""

import re
import warnings
import weakref

import numpy as np
import pytest

from lrteach import (
    Loss,
    Minibatches,
    Scene,
    accuracy_curve,
    band,
    basins,
    curve,
    data_line,
    descend,
    digit_names,
    effective_lr,
    error_by_direction,
    gradient_cloud,
    instead,
    landscape,
    loss_curve,
    lr_curve,
    lr_range_test,
    mark_rates,
    parabola,
    placing,
    play,
    range_curve,
    range_measured,
    rate_spans,
    ravine,
    regime_map,
    rmsprop,
    rosenbrock,
    saddle,
    theta_curve,
    valley,
)
from lrteach.models import LinearRegression
from lrteach.plots.parts import once

START = (-7.0, 2.0)
WELLS = np.array([[-1.0467, 0.9456], [0, 0]])


def run_on(f, **how):
    return descend(f, f.start, **{"lr": 0.01, "steps": 20, **how})


def table(count=40):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 2)), rng.normal(size=count)


# a loss is known by what is drawn of it

@pytest.mark.parametrize("make", [
    valley, rosenbrock, lambda: ravine(1, 10), lambda: LinearRegression(*table()),
    lambda: Minibatches(LinearRegression(*table()), 4, 20, seed=0),
    lambda: Loss(lambda theta: theta[0] ** 2 + theta[1] ** 4, dim=2, start=(1.0, 1.0)),
    lambda: Loss(lambda theta: np.log(theta[0]) + theta[1] ** 2, dim=2, start=(1.0, 1.0)),
])
def test_a_loss_that_is_made_again_is_the_same_loss(make):
    scene = Scene(landscape(make()), loss_curve())
    scene.show(run_on(make()))
    before = scene.background()
    for lr in (0.001, 0.002):
        scene.show({"one": run_on(make(), lr=lr)})
    scene.show(run_on(make()))
    assert scene.background() == before
    drawn = scene.axes[0].collections[0]
    for lr in (0.003, 0.004):
        scene.show(run_on(make(), lr=lr))
        assert scene.axes[0].collections[0] is drawn


def test_another_loss_with_the_same_window_or_another_window_is_drawn():
    scene = Scene(landscape(ravine(1, 10)))
    seen = [scene.axes[0].collections[0]]
    for f in (ravine(1, 11), ravine(1, 10), rosenbrock(), ravine(1, 10)):
        scene.show(run_on(f))
        seen.append(scene.axes[0].collections[0])
    assert len(set(map(id, seen))) == len(seen)


def test_a_landscape_that_is_shown_many_losses_keeps_none_of_them():
    scene = Scene(landscape(valley()))
    losses = [valley() for _ in range(5)]
    known = [weakref.ref(f) for f in losses]
    for f in losses:
        scene.show(run_on(f))
    scene.show(run_on(valley()))
    del f, losses
    assert [ref() for ref in known] == [None] * 5


def test_a_film_of_two_runs_each_on_a_loss_of_its_own():
    runs = {name: descend(valley(), START, lr=lr, steps=5) for name, lr in [("a", 0.1), ("b", 0.2)]}
    assert play(Scene(landscape(valley())), runs) is not None


def drawn(ax):
    """What is drawn on axes, in numbers."""
    lines = [line.get_xydata().tolist() for line in ax.lines]
    areas = [len(collection.get_paths()) for collection in ax.collections]
    return ax.get_xlim(), ax.get_ylim(), repr(lines), areas


def test_two_scenes_may_share_every_panel():
    f, noisy = valley(), Minibatches(LinearRegression(*table()), 4, 20, seed=0)
    for panel, runs in [
        (landscape(f), [run_on(f), run_on(rosenbrock())]),
        (loss_curve(), [run_on(f), run_on(f, lr=0.02)]),
        (lr_curve(), [run_on(f), run_on(f, lr=0.02)]),
        (theta_curve(), [run_on(f), run_on(rosenbrock())]),
        (gradient_cloud(), [run_on(noisy), run_on(noisy, lr=0.5)]),
        (band(lambda run: run.loss), [run_on(f, lr=[0.01, 0.02]), run_on(f, lr=[0.1, 0.2])]),
    ]:
        scenes = [Scene(panel), Scene(panel)]
        for scene, run in zip(scenes, runs, strict=True):
            scene.show(run)
        for scene, run in zip(scenes, runs, strict=True):
            assert drawn(scene.axes[0]) == drawn(Scene(panel).show(run).axes[0])


# where a loss is no finite number

@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["everywhere", "in part"])
def test_a_loss_that_is_no_number_is_said_in_the_picture(bad, where):
    def broken(values, place):
        return np.where((place > 0) & (where == "in part"), values, bad)
    line = Loss(lambda x: broken(x ** 2, x), lambda x: 2 * x, dim=0)
    plane = Loss(lambda x: broken(x[0] ** 2 + x[1], x[0]), lambda x: 0 * x, dim=2)
    everywhere = where == "everywhere"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for panel, f, start, words in [
            (curve, line, 1.0, "no line: no finite loss"),
            (landscape, plane, [1.0, 1.0], "white: no finite loss"),
        ]:
            words = "no finite loss\nin this picture" if everywhere else words
            scene = Scene(panel(f))
            scene.show(descend(f, start, lr=0.1, steps=3))
            said = [text.get_text() for text in scene.axes[0].texts]
            assert words in said
            assert scene.png() and scene.overlay()


def test_a_whole_loss_says_nothing_and_words_go_away_again():
    hole = Loss(lambda x: np.sqrt(x), lambda x: 0.5 / np.sqrt(x), dim=0)
    scene = Scene(curve(hole))
    texts = scene.axes[0].texts
    scene.show(descend(hole, 4.0, lr=0.1, steps=3))
    assert [text.get_text() for text in texts if text.get_text()] == ["no line: no finite loss"]
    scene.show(descend(parabola(), 4.0, lr=0.1, steps=3))
    assert not any(text.get_text() for text in texts)


def test_losses_of_any_size_have_contours():
    for size in (1e-300, 1e-200, 1e-5, 1e200, 1.7e308):
        f = Loss(lambda x, size=size: size * np.tanh(x[0]), lambda x: 0 * x, dim=2, start=[1, 1])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert Scene(landscape(f)).show(run_on(f)).png()


# runs of any length

def test_a_run_of_20_000_steps_is_as_small_as_one_of_a_thousand():
    f = valley()
    panels = [landscape(f), loss_curve(), theta_curve(), lr_curve(), effective_lr()]
    sizes = []
    for steps in (1000, 20_000):
        scene = Scene(*panels)
        scene.show(descend(f, START, rmsprop, lr=0.4, steps=steps))
        sizes.append(len(scene.overlay()))
    assert sizes[1] < 3 * sizes[0] and sizes[1] < 400_000


def test_a_cloud_shows_a_thousand_batches_at_most():
    f = LinearRegression(*table())
    scene = Scene(gradient_cloud(x=(-9, 9)))
    scene.show(descend(Minibatches(f, 4, 5000, seed=0), [1.0, 1.0], lr=0.01, steps=5000), 4000)
    cloud = max((line.get_xydata() for line in scene.axes[0].lines), key=len)
    assert len(cloud) == 1000


# a run is seen once

def test_what_is_read_off_a_run_is_read_once_and_forgotten_with_it():
    seen = []
    read = once(lambda run: seen.append(run.lr[0]) or len(seen))
    runs = [descend(parabola(), 1.0, lr=lr, steps=1) for lr in (0.1, 0.2)]
    assert [read(run) for run in runs + runs] == [1, 2, 1, 2] and seen == [0.1, 0.2]
    gone = weakref.ref(runs.pop())
    assert gone() is None

    class Bare:
        """A run that is no key of a dict."""
        __hash__ = None
        lr = np.array([0.3])
    assert read(Bare()) == 3


def test_instead_of_a_run_itself_keeps_it_no_longer_than_others_do():
    panel = instead(loss_curve(), lambda run: run)
    scene, run = Scene(panel), descend(parabola(), 1.0, lr=0.1, steps=3)
    scene.show(run)
    gone = weakref.ref(run)
    del run
    scene.show(descend(parabola(), 1.0, lr=0.2, steps=3))
    assert gone() is None


# what pictures say

def loss(run):
    return run.loss


def words_of(scene, k=0):
    return [text.get_text() for text in scene.axes[k].texts if text.get_text()]


@pytest.mark.parametrize("lr, t, before, words", [
    (0.3, 0, False, "lr × slope = 3 to the right"),
    (0.3, 1, False, "lr × slope = 2.1 to the right"),
    (0.3, 1, True, "lr × slope = 3 to the right"),
    (1.6, 0, False, "lr × slope = 16 to the right,\npast the minimum"),
    (1.6, 1, False, "lr × slope = 9.6 to the left,\npast the minimum"),
    (1.0, 0, False, "lr × slope = 10 to the right"),
])
def test_the_arrow_of_a_step_is_its_length(lr, t, before, words):
    scene = Scene(curve(parabola(), arrow=True, before=before))
    run = descend(parabola(), -5.0, lr=lr, steps=5)
    scene.show(run, t)
    assert words in words_of(scene)
    shaft = next(text for text in scene.axes[0].texts if hasattr(text, "arrow_patch"))
    begin = t - 1 if before else t
    assert shaft.xyann == (run.theta[begin], run.loss[begin])
    assert shaft.xy == pytest.approx((run.theta[begin + 1], run.loss[begin]))


def test_no_arrow_where_no_step_is_made():
    scene = Scene(curve(parabola(), arrow=True, before=True), curve(parabola(), arrow=True))
    scene.show(descend(parabola(), -5.0, lr=0.1, steps=5), 0)
    assert words_of(scene) == []
    scene.show(descend(parabola(), 5.0, lr=0.1, steps=5))  # at the minimum
    assert words_of(scene, 1) == []
    scene.show(descend(parabola(), -5.0, lr=3.0, steps=5))
    assert all(words.startswith("outside the picture") for words in words_of(scene, 1))


def test_a_landscape_may_be_labelled():
    f = rosenbrock()
    scene = Scene(landscape(f, labels=True))
    scene.show(run_on(f, lr=1e-4))
    ax = scene.axes[0]
    numbers = [text for text in ax.texts if text.get_text() not in ("", "minimum")]
    assert "minimum" in words_of(scene) and len(numbers) > 3
    assert min(text.get_fontsize() for text in numbers) >= 11
    for text in numbers:  # each number is the loss where it stands
        assert float(text.get_text()) == pytest.approx(f(np.array(text.get_position())), rel=0.25)
    legend, = ax.get_legend().get_texts()
    assert legend.get_text() == "each white line joins points with the same loss"


def test_shares_of_the_loss_lie_on_each_other():
    f = ravine(1, 10)
    run = descend(f, [3.0, -2.0], lr=0.05, steps=30)
    scene = Scene(error_by_direction(np.eye(2), f.minimum, steps=30, shares=True))
    scene.show(run)
    parts = np.array([1, 10])[:, None] * run.theta ** 2
    share = 100 * parts / parts.sum(axis=0)
    areas = [patch.get_xy() for patch in scene.axes[0].patches if patch.get_animated()]
    np.testing.assert_allclose(areas[0][31:62, 1], share[0][::-1])
    np.testing.assert_allclose(areas[1][:31, 1], share[0], atol=1e-9)
    np.testing.assert_allclose(areas[1][31:62, 1], 100)
    hatch = re.search(r"<pattern.*?</pattern>", scene.overlay(), re.DOTALL)[0]
    assert "stroke: #ffffff" in hatch, "white, as in the legend"
    scene.show(descend(f, [0.0, 0.0], lr=0.05, steps=3))  # nothing to share
    assert scene.png()


def test_all_runs_that_have_gone_are_named():
    f = ravine(1, 10)
    scene = Scene(band(lambda run: run.loss, y=(1e-3, 1e3), steps=400))
    starts = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    for lr, t, words in [(0.1, 400, []), (0.3, 100, ["all 3 runs have left the picture"]),
                         (3.0, 400, ["all 3 runs have diverged"]), (0.3, 0, [])]:
        scene.show(descend(f, starts, lr=lr, steps=400), t)
        assert words_of(scene) == words


def test_a_window_that_is_not_given_is_that_of_the_first_run():
    seen = lr_range_test(ravine(1, 10), [3.0, -2.0], min_lr=1e-4, max_lr=10,
                         measure={"test": lambda theta: 0.5}, every=5)
    scene = Scene(range_curve(), range_measured(), range_curve(log=True))
    scene.show(seen)
    for ax in scene.axes:
        low, high = ax.get_xlim()
        assert low < seen.lr.min() and high > seen.lr.max()
    for ax in (scene.axes[0], scene.axes[2]):
        low, high = ax.get_ylim()
        assert low < np.nanmin(seen.smooth) and seen.loss[0] < high < 1e4
    limits = scene.axes[0].get_ylim()
    scene.show(lr_range_test(ravine(1, 10), [30.0, -20.0], min_lr=1e-4, max_lr=10,
                             measure={"test": lambda theta: 0.5}))
    assert scene.axes[0].get_ylim() == limits


def test_theta_is_shown_in_the_window_of_its_loss():
    for f, window in [(parabola(2.0), (-13, 17)), (rosenbrock(), (-2, 3)),
                      (Loss(lambda x: x ** 2, dim=0), (-5.2, 5.2))]:
        scene = Scene(theta_curve())
        scene.show(descend(f, 4.0 if f.dim == 0 else f.start, lr=1e-4, steps=3))
        assert scene.axes[0].get_ylim() == pytest.approx(window)


def test_rates_are_seen_whole_and_a_higher_one_raises_the_picture():
    scene = Scene(lr_curve())
    for lr, top in [(0.1, 0.11), (0.05, 0.11), (0.4, 0.44), (0.1, 0.44)]:
        scene.show(descend(parabola(), 1.0, lr=lr, steps=3))
        assert scene.axes[0].get_ylim()[1] == pytest.approx(top)


def test_a_cloud_without_a_window_has_the_one_that_it_needs():
    f = LinearRegression(*table())
    scene = Scene(gradient_cloud())
    for rows, place in [(4, [1.0, 1.0]), (40, [1.0, 1.0]), (4, [100.0, 1.0])]:
        scene.show(descend(Minibatches(f, rows, 50, seed=0), place, lr=1e-6, steps=50))
        edge = scene.axes[0].get_xlim()[1]
        points = np.abs(np.concatenate([line.get_xydata() for line in scene.axes[0].lines
                                        if line.get_animated()]))
        largest = np.nanmax(points)
        assert largest < edge < 3 * largest and edge / 10 ** np.floor(np.log10(edge)) in (1, 2, 5)
        assert scene.axes[0].get_ylim() == scene.axes[0].get_xlim() == (-edge, edge)


# words beside the axes

@pytest.mark.parametrize("panels", [1, 3])
def test_legends_and_lists_stand_above_the_axes_and_inside_the_picture(panels):
    f = valley()
    for panel, run in [
        (lambda: range_curve(upright={"critical": 0.1, "best": 0.05}),
         lr_range_test(ravine(1, 10), [3.0, -2.0], min_lr=1e-4, max_lr=10)),
        (lambda: effective_lr(level={"threshold": 1.0}),
         descend(f, START, rmsprop, lr=0.1, steps=9)),
        (lambda: basins(f, WELLS, ["deeper well", "shallower well"]),
         descend(f, np.ones((2, 5)), lr=0.1, steps=9)),
        (lambda: band(loss), descend(f, np.ones((2, 5)), lr=0.1, steps=9)),
        (lambda: landscape(f, arrows=True, labels=True), descend(f, START, lr=0.1, steps=9)),
    ]:
        scene = Scene(*(panel() for _ in range(panels)), title="A title")
        scene.show(run).png()
        renderer = scene.figure.canvas.get_renderer()
        picture = scene.figure.bbox
        head = [text.get_window_extent(renderer) for text in scene.figure.texts if text.get_text()]
        for ax in scene.axes:
            boxes = [ax.get_legend().get_window_extent(renderer)] if ax.get_legend() else []
            words = [text.get_window_extent(renderer) for text in ax.texts if text.get_text()]
            boxes += [box for box in words if box.y0 > ax.bbox.y1]
            assert boxes
            for k, box in enumerate(boxes):
                assert box.y0 > ax.bbox.y1 - 1 and box.x0 >= 0 and box.x1 <= picture.x1
                assert not any(box.overlaps(other) for other in head + boxes[:k])


def test_a_legend_reads_row_by_row():
    scene = Scene(*(accuracy_curve(names=("test", "training"), upright={"end of a cycle": 100})
                    for _ in range(3)))
    assert scene.png()
    legend = scene.axes[0].get_legend()
    places = {text.get_text(): text.get_window_extent() for text in legend.get_texts()}
    order = sorted(places, key=lambda name: (-round(places[name].y1 / 9), places[name].x0))
    assert order == ["test", "training", "end of a cycle"]


# one run of several seeds

def test_one_of_several_seeds_has_its_own_batches():
    f = LinearRegression(*table())
    noisy = Minibatches(f, 4, 10, seed=range(3))
    runs = descend(noisy, np.ones((2, 3)), lr=0.01, steps=10)
    scene = Scene(landscape(f, arrows=True), gradient_cloud())
    for k in range(3):
        run = runs[k]
        scene.show(run, 4)
        cloud, used = [line.get_xydata() for line in scene.axes[1].lines
                       if line.get_animated() and line.get_marker() in (".", "s")]
        pulls = [-f.on_rows(rows).grad(run.theta[:, 4]) for rows in noisy.rows[..., k]]
        np.testing.assert_allclose(cloud, pulls)
        np.testing.assert_allclose(used[0], (run.theta[:, 5] - run.theta[:, 4]) / 0.01)
        kept, pull = (np.subtract(note.xy, note.xyann) for note in scene.axes[0].texts
                      if hasattr(note, "arrow_patch"))
        np.testing.assert_allclose(pull, run.theta[:, 4] - run.theta[:, 3])
        assert np.isnan(kept).all()
    scene.show(runs, 4)
    assert max(len(line.get_xydata()) for line in scene.axes[1].lines) == 3 * len(noisy.rows)


@pytest.mark.parametrize("size", [(10, 4.8), (9, 4.4), (6, 4), (5, 5), (10, 4.5)])
def test_equal_scales_leave_room_for_labels_and_legend(size):
    f = valley()
    scene = Scene(landscape(f, x=(-8, 4), y=(-2.4, 2.4), equal=True, arrows=True), size=size,
                  title="A title")
    scene.show(descend(f, START, lr=0.1, steps=9)).png()
    renderer = scene.figure.canvas.get_renderer()
    ax = scene.axes[0]
    words = [ax.xaxis.label, ax.yaxis.label, ax.get_legend()]
    boxes = [artist.get_window_extent(renderer) for artist in words]
    head = min(text.get_window_extent(renderer).y0 for text in scene.figure.texts)
    assert all(box.y0 >= 0 and box.x0 >= 0 and box.y1 <= head for box in boxes)


# runs that a panel cannot show

def test_a_run_that_does_not_suit_is_refused_in_words():
    one, two, three = (descend(f, start, lr=0.1, steps=3) for f, start in [
        (parabola(), -5.0), (valley(), START), (ravine(1, 2, 3), np.ones(3))])
    for panel, run, words in [
        (curve(parabola()), two, "shows a run with 1 coordinate, not with 2 coordinates: <Run"),
        (landscape(valley()), one, "shows a run with 2 coordinates, not with 1 coordinate: <Run"),
        (landscape(valley()), three, "shows a run with 2 coordinates, not with 3 coordinates"),
        (gradient_cloud(), three, "shows a run with 2 coordinates, not with 3 coordinates"),
        (basins(valley(), WELLS, ["a", "b"]), three, "shows a run with 2 coordinates, not with 3"),
        (error_by_direction(np.eye(2), [0, 0]), three, "with 2 coordinates, not with 3"),
        (data_line(np.eye(2), [1, 2]), three, "shows a run with 2 coordinates, not with 3"),
        (band(lambda run: run.loss[:2]), two, r"values must give 4 entries on the .* \(2,"),
        (placing([1.0, 2.0], lambda run: 0.5, x=(1, 2)), two, r"place must give \(loss, share\)"),
        (regime_map(), descend(saddle(), START, lr=0.1, steps=3), "names no minimum"),
        (accuracy_curve(), two, "this run has not measured 'test'"),
        (digit_names(np.ones((2, 4)), [1, 2]), two, "shows a run on a network"),
    ]:
        with pytest.raises((TypeError, ValueError), match=words) as refused:
            Scene(panel).show(run)
        assert len(str(refused.value)) < 300


@pytest.mark.parametrize("make, words", [
    (lambda: mark_rates(regime_map, {"a": 1.0}), r"did you mean regime_map\(\)"),
    (lambda: mark_rates(3, {"a": 1.0}), "a panel comes from a function such as"),
    (lambda: instead(curve, lambda run: run), r"did you mean curve\(f\)"),
    (lambda: instead(loss_curve(), 3), "change must be a function that makes another run"),
])
def test_a_panel_of_a_panel_says_what_it_needs(make, words):
    with pytest.raises(TypeError, match=words) as refused:
        make()
    assert len(str(refused.value)) < 300


def test_ten_directions_and_a_number_have_errors_too():
    ten = ravine(*range(1, 11))
    scene = Scene(error_by_direction(np.eye(10), ten.minimum),
                  error_by_direction(np.eye(10), ten.minimum, shares=True))
    assert scene.show(descend(ten, np.ones(10), lr=0.05, steps=5)).png()
    scene = Scene(error_by_direction([[1.0]], 5.0, names=["theta"]))
    scene.show(descend(parabola(), -5.0, lr=0.5, steps=3))
    errors = next(line.get_ydata() for line in scene.axes[0].lines if len(line.get_ydata()) == 4)
    assert errors.tolist() == [10, 5, 2.5, 1.25]


def test_the_regimes_of_a_loss_of_two_coordinates_are_those_of_its_directions():
    scene = Scene(regime_map())
    scene.show(descend(valley(), START, lr=0.5, steps=3))
    point, = [line for line in scene.axes[0].lines if line.get_animated()]
    np.testing.assert_allclose(point.get_xydata(), [[0.05, 0.95], [1.0, 0.0]])


def test_spans_of_one_rate_for_all_are_a_point_each():
    run = descend(parabola(), np.zeros((2, 1)), lr=0.1, steps=4)
    scene = Scene(rate_spans(lambda run: run.loss[-1], x=(0.01, 1), y=(0, 10), ylabel="loss"))
    scene.show(run)
    joined = next(line for line in scene.axes[0].lines if line.get_animated())
    assert joined.get_xdata().tolist() == [0.1, 0.1]
