"""Panels and scenes, on the data of their artists."""

import re
import warnings

import numpy as np
import pytest
from matplotlib.lines import AxLine

from lrteach import (
    LinearRegression,
    Loss,
    Minibatches,
    Scene,
    adagrad,
    adam,
    band,
    basins,
    contraction,
    curvature,
    curve,
    data_line,
    descend,
    effective_lr,
    error_by_direction,
    exponential_decay,
    gradient_cloud,
    instead,
    landscape,
    linear,
    loss_curve,
    lr_curve,
    lr_range_test,
    momentum,
    parabola,
    placing,
    policy_rates,
    policy_scores,
    range_curve,
    rate_curve,
    rate_spans,
    receipts,
    regime_map,
    relief,
    rmsprop,
    sgd,
    stability_map,
    theta_curve,
    two_wells,
    valley,
)
from lrteach.plots.scene import number

BOWL, PRICES = parabola(), LinearRegression(*receipts())
VECTORS = curvature(PRICES)[1]
RATES = np.linspace(0.001, 0.04, 7)
WELLS = np.array([[-1.0467, 0.9456], [0, 0]])

ENDS = np.array([200.0, 1e3, 2e3, np.inf, np.nan])


def placed(run):
    return run.loss[-1], np.mean(ENDS > run.loss[-1][..., None], axis=-1)


# every panel, with a run that suits it and one that explodes
PANELS = {
    "curve": (lambda: curve(BOWL), BOWL, -5.0, 0.1, 2.5),
    "curve, before": (lambda: curve(BOWL, before=True), BOWL, -5.0, 0.1, 2.5),
    "regime_map": (regime_map, BOWL, -5.0, 0.1, 2.5),
    "stability_map": (lambda: stability_map(contraction), BOWL, -5.0, 0.1, 2.5),
    "stability_map, two directions": (
        lambda: stability_map(contraction, (2.853, 59.81)),
        PRICES,
        [0, 0],
        0.03,
        0.04,
    ),
    "landscape, arrows": (lambda: landscape(PRICES, arrows=True), PRICES, [0, 0], 0.03, 0.04),
    "basins": (
        lambda: basins(two_wells(), WELLS, ["deeper", "shallower"]),
        two_wells(),
        [1.5, 1.0],
        0.1,
        3.0,
    ),
    "relief": (lambda: relief(PRICES), PRICES, [0, 0], 0.03, 0.04),
    "landscape": (lambda: landscape(PRICES), PRICES, [0, 0], 0.03, 0.04),
    "error_by_direction": (
        lambda: error_by_direction(VECTORS, PRICES.minimum),
        PRICES,
        [0, 0],
        0.03,
        0.04,
    ),
    "data_line": (lambda: data_line(*receipts()), PRICES, [0, 0], 0.03, 0.04),
    "theta_curve": (theta_curve, PRICES, [0, 0], 0.03, 0.04),
    "loss_curve": (loss_curve, PRICES, [0, 0], 0.03, 0.04),
    "loss_curve, given limits": (
        lambda: loss_curve(steps=50, y=(1e-3, 1e9), floor=138.0),
        PRICES,
        [0, 0],
        0.03,
        0.04,
    ),
    "lr_curve": (lr_curve, PRICES, [0, 0], exponential_decay(0.03, 0.9), 0.04),
    "rate_curve": (
        lambda: rate_curve(x=(0, 0.04), y=(100, 1e6), upright={"critical": 0.0334}),
        PRICES,
        [0, 0],
        RATES,
        RATES * 3,
    ),
    "effective_lr": (effective_lr, valley(), (-7, 2), 0.1, 2.5),
    "effective_lr, marked": (
        lambda: effective_lr(names=["theta"], level={"threshold": 2.0}),
        BOWL,
        -5.0,
        0.1,
        2.5,
    ),
    "range_curve": (
        lambda: range_curve(x=(1e-5, 1), y=(1, 1e6), phases=True, log=True),
        PRICES,
        [0, 0],
        lambda t: 1e-5 * 1.25**t,
        0.04,
    ),
    "policy_rates": (
        lambda: policy_rates(["plan"], steps=50, y=(0, 0.05)),
        PRICES,
        [0, 0],
        exponential_decay(0.03, 0.9),
        0.04,
    ),
    "policy_scores": (
        lambda: policy_scores(["plan"], lambda run: run.loss[-1], x=(1, 1e6), xlabel="loss"),
        PRICES,
        np.zeros((2, 1)),
        0.03,
        0.04,
    ),
    "rate_spans": (
        lambda: rate_spans(lambda run: run.loss[-1], x=(1e-4, 1), y=(1, 1e6), ylabel="loss"),
        PRICES,
        [0, 0],
        RATES,
        RATES * 3,
    ),
    "instead": (lambda: instead(landscape(PRICES), lambda run: run), PRICES, [0, 0], 0.03, 0.04),
    "gradient_cloud": (
        lambda: gradient_cloud(x=(-200, 200)),
        Minibatches(PRICES, 1, 2000, seed=0),
        [0, 0],
        0.01,
        0.04,
    ),
    "placing": (lambda: placing(ENDS, placed, x=(1e2, 1e6)), PRICES, [0, 0], 0.03, 0.04),
    "band": (lambda: band(lambda run: run.loss, y=(1, 1e6)), PRICES, np.zeros((2, 1)), 0.03, 0.04),
    "band, linear": (
        lambda: band(lambda run: run.theta[0], y=(0, 120), log=False, one=False),
        PRICES,
        np.zeros((2, 1)),
        0.03,
        0.04,
    ),
}


def lines(scene, k=0):
    """The moving lines of the panel k that have data, as arrays of points."""
    drawn = [
        line.get_xydata()
        for line in scene.axes[k].lines
        if line.get_animated()
        and line.get_visible()
        and line.get_transform().contains_branch(scene.axes[k].transData)
    ]
    return [xy for xy in drawn if len(xy)]


def limits(scene):
    return [(ax.get_xlim(), ax.get_ylim()) for ax in scene.axes]


@pytest.mark.parametrize("name", PANELS)
def test_panel_draws_good_and_exploding_runs_and_keeps_its_limits(name):
    make, f, start, good, bad = PANELS[name]
    scene = Scene(make())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run, lost = (descend(f, start, lr=lr, steps=n) for lr, n in ((good, 40), (bad, 2000)))
        scene.show(run, 10)
        early, kept = scene.overlay(), limits(scene)
        scene.show(run, 40)
        late = scene.overlay()
        scene.show(lost, 40)
        scene.overlay()
        inside = limits(scene)
        scene.show(lost)
        assert "<path" in scene.overlay() and scene.png()
    assert (early == late) == scene.panels[0].whole
    if name != "lr_curve":  # whose picture grows with the rate
        assert [y for _, y in inside] == [
            y for _, y in kept
        ]  # a diverging run leaves the picture, and changes no height
    assert "nan" not in re.sub('<text.*?</text>|aria-label=".*?"', "", scene.overlay(), flags=re.S)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_that_shows_the_whole_run_is_the_same_at_every_step_and_no_other(name):
    make, f, start, good, _ = PANELS[name]
    if np.size(good) == 1 and not callable(good):
        good = linear(good, 40, min_lr=0.5 * good)  # a map shows the rate of a step
    scene, run, seen = Scene(make()), descend(f, start, lr=good, steps=40), set()
    for t in 0, 1, 20, 40:
        scene.show(run, t)
        assert (f"tep {t} of 40" in scene.sentence()) != scene.panels[0].whole
        scene._status.set_text("")
        seen.add(re.sub('aria-label=".*?"', "", scene.overlay()))
    if name != "basins":  # whose one run stays in one well
        assert (len(seen) == 1) == scene.panels[0].whole


@pytest.mark.parametrize(
    "name",
    [name for name in PANELS if name not in ("data_line", "error_by_direction", "rate_curve")],
)
def test_panel_draws_a_batch(name):
    make, f, start, *_ = PANELS[name]
    scene = Scene(make())
    scene.show(descend(f, start, lr=RATES, steps=20), 7)
    assert any(len(xy) >= len(RATES) for xy in lines(scene))
    assert "7 runs" in scene.sentence()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.12, 0.5, 1.0])
@pytest.mark.parametrize("loss", [1e2, 1e4, 1e6, np.inf])
def test_the_words_at_a_place_stand_above_the_axis(loss, share):
    """Of each of the first four looks, which stand on different sides of their points."""
    scene = Scene(placing(ENDS, lambda run: (loss, share), x=(1e2, 1e6)))
    scene.show(dict.fromkeys("abcd", descend(BOWL, -5.0, lr=0.1, steps=1)))
    (ax,), pixels = scene.axes, scene.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(pixels) for text in ax.texts if text.get_text()[-1:] == "%"]
    assert len(boxes) == 4 and all(box.y0 > ax.bbox.y0 for box in boxes)


PAIRS = (-1, 2), (-3, 4)


@pytest.mark.parametrize("panel, dim, bounds, windows", [
    (landscape, 2, (0, 1), [(0, 1), (0, 1)]),
    (landscape, 2, PAIRS, PAIRS),
    (landscape, 2, np.array(PAIRS), PAIRS),
    (landscape, 2, None, [(-10, 10), (-10, 10)]),
    (curve, 0, (-1, 2), [(-1, 2)]),
    (curve, 0, ((-1, 2),), [(-1, 2)]),
    (curve, 0, np.array([-1.0, 2.0]), [(-1, 2)]),
    (curve, 0, None, [(-10, 10)]),
])
def test_a_window_is_by_default_what_the_loss_says(panel, dim, bounds, windows):
    f = Loss(lambda theta: np.square(theta).sum(axis=0) if dim else theta ** 2, dim=dim,
             bounds=bounds)
    ax, = Scene(panel(f)).axes
    assert [ax.get_xlim(), ax.get_ylim()][:len(windows)] == list(windows)


@pytest.mark.parametrize("panel, dim", [(landscape, 2), (relief, 2), (curve, 0)])
def test_bounds_that_do_not_suit_a_picture_are_named(panel, dim):
    f = Loss(lambda theta: np.square(theta).sum(axis=0) if dim else theta ** 2, dim=dim,
             bounds=[(0, 1)] * 3)
    with pytest.raises(ValueError, match="needs bounds .* for each, but the bounds of .* are") as e:
        Scene(panel(f))
    assert len(str(e.value)) < 300


def test_curve_shows_point_trail_and_tangent():
    run = descend(BOWL, -5.0, lr=0.1, steps=50)
    scene = Scene(curve(BOWL))
    scene.show(run, 10)
    bowl, trail, tangent, dot = lines(scene)
    assert dot.tolist() == [[run.theta[10], run.loss[10]]]
    assert trail.tolist() == np.stack([run.theta[:11], run.loss[:11]], axis=1).tolist()
    (x0, y0), (x1, y1) = tangent
    assert (y1 - y0) / (x1 - x0) == pytest.approx(run.theta[10] - 5)
    np.testing.assert_allclose(bowl[:, 1], BOWL(bowl[:, 0]))


def test_curve_says_where_a_point_outside_is_and_draws_no_tangent_unasked():
    run = descend(BOWL, -5.0, lr=2.1, steps=30)
    scene = Scene(curve(BOWL, tangent=False))
    scene.show(run, 30)
    assert (
        ">outside the picture,<" in scene.overlay()
        and f">at theta = {number(run.theta[30])}<" in scene.overlay()
        and len(lines(scene)) == 3
    )
    scene.show(run, 0)
    assert "outside" not in scene.overlay()


def test_theta_curve_draws_a_number_or_each_coordinate():
    scene = Scene(theta_curve())
    scene.show(descend(BOWL, -5.0, lr=2.0, steps=3))
    assert lines(scene)[0][:4, 1].tolist() == [-5, 15, -5, 15]
    run = descend(valley(), (-7, 2), lr=0.1, steps=3)
    scene.show(run)
    drawn = lines(scene)[0][:, 1]
    assert (
        drawn[:4].tolist() == run.theta[0].tolist() and drawn[5:9].tolist() == run.theta[1].tolist()
    )


def test_landscape_draws_directions_through_the_minimum():
    scene = Scene(landscape(PRICES, directions=VECTORS, equal=True))
    through = [line for line in scene.axes[0].lines if isinstance(line, AxLine)]
    assert len(through) == 2 and scene.axes[0].get_aspect() == 1.0
    for line, direction in zip(through, VECTORS.T, strict=True):
        np.testing.assert_allclose(line.get_xy1(), PRICES.minimum)
        np.testing.assert_allclose(np.subtract(line.get_xy2(), line.get_xy1()), direction)


def test_curve_before_shows_the_last_step():
    run = descend(BOWL, -5.0, lr=0.1, steps=3)
    scene = Scene(curve(BOWL, before=True))
    scene.show(run, 1)
    points = [xy.tolist() for xy in lines(scene) if len(xy) == 1]
    assert [[-5.0, 50.0]] in points and [[-4.0, 40.5]] in points


def test_curve_follows_the_loss_of_the_run():
    scene = Scene(curve(BOWL))
    scene.show(descend(parabola(curvature=3.0), -5.0, lr=0.1, steps=5))
    bowl = lines(scene)[0]
    np.testing.assert_allclose(bowl[:, 1], 1.5 * (bowl[:, 0] - 5) ** 2)


def test_regime_map_places_the_rate():
    scene = Scene(regime_map())
    scene.show(descend(parabola(curvature=2.0), -5.0, lr=0.3, steps=5))
    np.testing.assert_allclose(lines(scene), [[[0.6, 0.4]]])


def test_stability_map_places_rate_and_beta_and_says_the_factor():
    scene = Scene(stability_map(contraction, measured=([2, 3], [0, 0.5])))
    f = parabola(curvature=2.0)
    for lr, beta, x, factor in [
        (0.5, 0.64, 1.0, "0.800"),
        (3.0, 0.5, 4.4, "4.386"),
        (0.25, 0.0, 0.5, "0.500"),
    ]:
        scene.show(descend(f, -5.0, momentum, lr=lr, beta=beta, steps=5))
        np.testing.assert_allclose(
            lines(scene), [[[x, beta]]]
        )  # a point beyond the map stands at its border
        assert scene.panels[0].watch(scene.runs[""], 5) == f"factor {factor}"
    scene.show(descend(f, -5.0, lr=0.5, steps=5))
    np.testing.assert_allclose(lines(scene), [[[1.0, 0.0]]])
    scene.show(descend(valley(), (-7, 2), momentum, lr=0.5, beta=0.3, steps=5))
    np.testing.assert_allclose(lines(scene), [[[0.05, 0.3], [1.0, 0.3]]])
    scene.show(
        descend(
            f, -5.0, momentum, lr=np.array([[0.1], [0.2]]), beta=np.array([0.5, 0.6, 0.7]), steps=5
        )
    )
    assert lines(scene)[0].tolist() == [[x, beta] for x in (0.2, 0.4) for beta in (0.5, 0.6, 0.7)]
    assert scene.panels[0].watch(scene.runs[""], 5) == ""


def test_stability_map_edges_are_where_the_factor_says():
    ax = Scene(stability_map(contraction, (0.1, 2.0), x=(0, 2.0))).axes[0]
    slow, fast, edge = (line.get_xydata()[1:-1] for line in ax.lines if not line.get_animated())
    for (x, beta), steepness, factor in [
        (slow[50], 0.1, None),
        (fast[50], 2.0, None),
        (edge[50], 2.0, 1.0),
    ]:
        assert contraction(x, steepness, beta) == pytest.approx(factor or np.sqrt(beta))
    x, beta = fast[80]
    assert contraction(x * 1.02, 2.0, beta) > np.sqrt(beta) + 0.01


def test_arrows_add_up_to_the_last_step():
    scene = Scene(landscape(valley(), arrows=True))
    run = descend(valley(), (-7, 2), momentum, lr=0.3, beta=0.8, steps=5)
    scene.show(run, 3)
    kept, pull = (np.subtract(note.xy, note.xyann) for note in scene.axes[0].texts)
    np.testing.assert_allclose(kept + pull, run.theta[:, 3] - run.theta[:, 2])
    np.testing.assert_allclose(pull, -0.3 * run.f.grad(run.theta[:, 2]))
    np.testing.assert_allclose(kept, -0.3 * 0.8 * run.state["v"][:, 2])
    scene.show(run, 1)  # nothing is kept from before the first step
    assert (
        np.isnan(scene.axes[0].texts[0].xy).all() and np.isfinite(scene.axes[0].texts[1].xy).all()
    )
    scene.show(run, 0)
    assert all(np.isnan(note.xy).all() for note in scene.axes[0].texts)


def test_landscape_marks_all_steps_or_the_last():
    run = descend(valley(), (-7, 2), lr=0.1, steps=30)
    for tail, t, first in [(None, 30, 0), (5, 30, 25), (5, 3, 0)]:
        scene = Scene(landscape(valley(), tail=tail))
        scene.show(run, t)
        path, marks, now = lines(scene)
        assert (
            path.tolist() == run.theta[:, : t + 1].T.tolist() and now.tolist() == path[-1:].tolist()
        )
        assert marks.tolist() == run.theta[:, first : t + 1].T.tolist()


def test_the_lines_of_a_landscape_lie_over_its_areas():
    areas, rings = Scene(landscape(valley())).axes[0].collections[:2]
    assert areas.get_zorder() == rings.get_zorder() and rings.get_edgecolor()[0] == pytest.approx(
        [1, 1, 1, 1]
    )
    assert len(areas.get_facecolor()) > 1 and len(rings.get_facecolor()) == 0


def test_basins_counts_the_starts_by_their_ends():
    starts = np.array([[-1.5, -0.5, 0.0, 0.5, 30.0], [1.0, 0, 0, 0, 0]])
    run = descend(two_wells(), starts, lr=0.1, steps=200)
    scene = Scene(basins(two_wells(), WELLS, ["deeper", "shallower"]))
    scene.show(run)
    left, right, lost, ends = lines(scene)
    assert (
        left.tolist() == starts[:, :3].T.tolist()
        and right.tolist() == [[0.5, 0]]
        and lost.tolist() == [[30, 0]]
    )
    assert [text.get_text() for text in scene.axes[0].texts] == [
        "deeper: 3",
        "shallower: 1",
        "left all bounds: 1",
    ] and ends.tolist() == WELLS.T.tolist()
    scene = Scene(basins(two_wells(), WELLS, ["deeper", "shallower"], follow=3))
    scene.show(run, 50)
    assert lines(scene)[3].tolist() == run[3].theta[:, :51].T.tolist()


def test_landscape_shows_path_and_minimum_and_redraws_for_another_loss():
    run = descend(PRICES, [0, 0], lr=0.03, steps=20)
    scene = Scene(landscape(PRICES))
    scene.show(run, 5)
    path, marks, dot = lines(scene)
    assert path.tolist() == marks.tolist() == run.theta[:, :6].T.tolist()
    assert dot.tolist() == [run.theta[:, 5].tolist()]
    (star,) = [line for line in scene.axes[0].lines if line.get_marker() == "*"]
    np.testing.assert_allclose(star.get_xydata(), [PRICES.minimum])
    before, kept = scene.background(), limits(scene)
    assert not scene.set(run, 6) and scene.background() is before
    dozens = LinearRegression(receipts()[0] / [12, 1], receipts()[1])
    assert scene.set(descend(dozens, [0, 0], lr=0.03, steps=20))
    assert scene.background() != before and limits(scene) != kept
    assert scene.set(run) and scene.background() == before and limits(scene) == kept


def test_error_by_direction_is_a_product_of_factors():
    scene = Scene(error_by_direction(VECTORS, PRICES.minimum))
    scene.show(descend(PRICES, [0, 0], lr=0.03, steps=50), 4)
    shallow, _, steep, _ = lines(scene)
    np.testing.assert_allclose(
        steep[1:, 1] / steep[:-1, 1], abs(1 - 0.03 * curvature(PRICES)[0][1]), rtol=1e-9
    )
    np.testing.assert_allclose(
        shallow[1:, 1] / shallow[:-1, 1], 1 - 0.03 * curvature(PRICES)[0][0], rtol=1e-9
    )


def test_data_line_shows_predictions():
    scene = Scene(data_line(*receipts()))
    scene.show(descend(PRICES, [0, 0], lr=0.03, steps=100))
    gap, dots = lines(scene)
    np.testing.assert_allclose(dots[:, 1], [173.4, 321.7, 668.4], atol=0.1)
    assert len(gap) == 8 and gap[::3, 1].tolist() == [190, 330, 660]


def test_loss_curve_and_its_floor_and_length():
    run = descend(PRICES, [0, 0], lr=0.03, steps=80)
    scene = Scene(loss_curve(steps=50, floor=138.0), lr_curve(steps=50))
    assert scene.set(run, 3)  # its axis grows to 80 steps
    line, dot = lines(scene)
    assert line[:4, 1].tolist() == (run.loss[:4] - 138.0).tolist() and dot[0].tolist() == [
        3,
        run.loss[3] - 138.0,
    ]
    assert scene.axes[0].get_xlim()[1] > 80
    assert not scene.set(run, 70)


def test_rate_curve_stars_the_best_finite_rate():
    rates = np.linspace(0.001, 0.2, 50)
    run = descend(PRICES, [0, 0], lr=rates, steps=400)
    assert run.diverged.any()
    scene = Scene(rate_curve(x=(0, 0.2), y=(100, 1e6)))
    scene.show(run, 400)
    star = lines(scene)[-1]
    assert (
        star[0, 1] == np.nanmin(run.loss[400]) and star[0, 0] == rates[np.nanargmin(run.loss[400])]
    )


def test_rate_curve_of_several_rules_marks_the_best_of_each_with_the_marker_of_the_legend():
    rates = np.logspace(-3, 0, 31)
    runs = {
        rule.__name__: descend(valley(), (-7, 2), rule, lr=rates, steps=50) for rule in (sgd, adam)
    }
    scene = Scene(rate_curve(x=(1e-3, 1), y=(1e-9, 100), log_x=True, each=True))
    scene.show(runs)
    best = [line for line in scene.axes[0].lines if len(line.get_xdata()) == 1]
    assert [mark.get_xdata()[0] for mark in best] == [
        rates[np.nanargmin(run.loss[-1])] for run in runs.values()
    ]
    named = scene.figure.legends[0].legend_handles
    assert [(mark.get_color(), mark.get_marker()) for mark in best] == [
        (one.get_color(), one.get_marker()) for one in named
    ]
    assert scene.axes[0].get_legend() is None


def test_rate_curve_leaves_the_picture_upwards_where_runs_diverge():
    rates = np.linspace(0.001, 0.2, 50)
    run, scene = (
        descend(PRICES, [0, 0], lr=rates, steps=400),
        Scene(rate_curve(x=(0, 0.2), y=(100, 1e6))),
    )
    scene.show(run, 400)
    line = lines(scene)[0]
    assert run.diverged.any() and np.isfinite(line).all() and (line[run.diverged, 1] > 1e6).all()


def test_the_rate_of_one_coordinate_looks_as_its_run_does_in_the_legend():
    runs = {str(lr): descend(BOWL, -5.0, adam, lr=lr, steps=9) for lr in (0.1, 0.2)}
    scene = Scene(effective_lr(names=["theta"]))
    scene.show(runs)
    named = scene.figure.legends[0].legend_handles
    line, dot, other_line, other_dot = scene.axes[0].lines
    assert [dot.get_marker(), other_dot.get_marker()] == [one.get_marker() for one in named]
    assert line.get_linestyle() == "-" and other_line.get_linestyle() == "--"


@pytest.mark.parametrize(
    "rule, by_hand",
    [
        (sgd, lambda g: 0 * g + 0.5),
        (momentum, lambda g: 0 * g + 0.5),
        (adagrad, lambda g: 0.5 / (np.sqrt(np.cumsum(g**2, axis=1)) + 1e-10)),
        (rmsprop, lambda g: 0.5 / (np.sqrt(running_mean(g**2, 0.99)) + 1e-8)),
        (
            adam,
            lambda g: (
                0.5 / (np.sqrt(running_mean(g**2, 0.999) / (1 - 0.999 ** np.arange(1, 13))) + 1e-8)
            ),
        ),
    ],
)
def test_effective_lr_is_lr_divided_by_what_the_rule_divides_by(rule, by_hand):
    f = valley()
    run = descend(f, (-7, 2), rule, lr=0.5, steps=12)
    scene = Scene(effective_lr())
    scene.show(run)
    x, y, x_dot, y_dot = lines(scene)
    rates = by_hand(f.grad(run.theta)[:, :-1])
    for line, dot, rate in [(x, x_dot, rates[0]), (y, y_dot, rates[1])]:
        np.testing.assert_allclose(
            line[1:13], np.stack([np.arange(1, 13), rate], axis=1), rtol=1e-12
        )
        assert (
            len(line) == 13 and np.isnan(line[0, 1]) and dot.tolist() == [line[12].tolist()]
        )  # no step led to the start
    scene.show(run, 4)
    assert lines(scene)[2].tolist() == [x[4].tolist()]


def running_mean(values, beta):
    mean, kept = 0.0, []
    for column in values.T:
        mean = beta * mean + (1 - beta) * column
        kept.append(mean)
    return np.transpose(kept)


def test_effective_lr_times_the_gradient_is_the_step():
    f = valley()
    run = descend(f, (-7, 2), rmsprop, lr=exponential_decay(0.1, 0.9), steps=12)
    scene = Scene(effective_lr())
    scene.show(run)
    rates = np.array([xy[1:13, 1] for xy in lines(scene)[:2]])
    np.testing.assert_allclose(-rates * f.grad(run.theta)[:, :-1], np.diff(run.theta), rtol=1e-9)


def test_effective_lr_of_a_beta2_that_follows_a_schedule():
    f, betas = valley(), exponential_decay(0.99, 0.95)
    run = descend(f, (-7, 2), adam, lr=0.5, beta1=0.0, beta2=betas, steps=12)
    scene = Scene(effective_lr()).show(run)
    rates = np.array([xy[1:13, 1] for xy in lines(scene)[:2]])
    np.testing.assert_allclose(-rates * f.grad(run.theta)[:, :-1], np.diff(run.theta), rtol=1e-9)


def test_stability_map_follows_a_beta_that_follows_a_schedule():
    run = descend(parabola(0), -5.0, momentum, lr=0.1, beta=exponential_decay(0.9, 0.5), steps=5)
    scene = Scene(stability_map(contraction))
    dots = []
    for t in (0, 1):
        scene.show(run, t)
        dots.append(lines(scene)[0][0].tolist())
    assert dots == [[0.1, 0.9], [0.1, 0.45]]


def test_effective_lr_of_a_number_of_a_batch_and_of_a_rule_with_another_memory():
    scene = Scene(effective_lr(names=["theta"], level={"threshold": 2.0}))
    assert [line.get_ydata() for line in scene.axes[0].lines] == [[2.0, 2.0]]
    scene.show(descend(BOWL, -5.0, adam, lr=[0.1, 0.2], beta2=[0.9, 0.99], steps=3))
    drawn = lines(scene)[0]
    assert drawn[[1, 6], 1].tolist() == pytest.approx([0.1 / 10, 0.2 / 10]) and len(drawn) == 9
    scene = Scene(effective_lr())
    scene.show(
        descend(
            valley(), (-7, 2), lambda theta, g, lr, s=0: (theta - lr * g, s + 1), lr=0.1, steps=3
        )
    )
    assert [xy[1:4, 1].tolist() for xy in lines(scene)[:2]] == [[0.1] * 3] * 2


def test_gradient_cloud_shows_the_pull_of_every_batch_and_of_all_rows():
    noisy = Minibatches(PRICES, 2, 30, seed=0)
    scene = Scene(gradient_cloud(x=(-200, 200), names=("apple", "orange")))
    run = descend(noisy, [90, 30], lr=0.01, steps=30)
    scene.show(run, 7)
    cloud, arrow, tip, now = lines(scene)
    theta = run.theta[:, 7]
    np.testing.assert_allclose(cloud, [-PRICES.on_rows(rows).grad(theta) for rows in noisy.rows])
    np.testing.assert_allclose(arrow[:2], [[0, 0], -PRICES.grad(theta)])
    np.testing.assert_allclose(tip, arrow[1:2])
    np.testing.assert_allclose(
        now, [(run.theta[:, 8] - theta) / 0.01]
    )  # the step goes where the marked batch pulls
    far = np.sqrt(((cloud - tip) ** 2).sum(axis=1).mean())
    assert f"typical distance from the arrow: {far:.0f}" in scene.overlay()


def test_gradient_cloud_of_a_loss_without_batches_is_the_arrow_alone():
    scene = Scene(gradient_cloud(x=(-200, 200)))
    scene.show(descend(PRICES, [90, 30], lr=0.01, steps=5), 2)
    assert len(lines(scene)) == 2 and "typical distance from the arrow: 0" in scene.overlay()


def test_landscape_keeps_its_contours_for_minibatches_of_the_same_loss():
    scene = Scene(landscape(PRICES))
    assert not scene.set(descend(Minibatches(PRICES, 1, 5, seed=0), [90, 30], lr=0.01, steps=5))


def test_band_holds_the_median_and_most_of_the_runs():
    run = descend(Minibatches(PRICES, 1, 20, seed=range(9)), np.zeros((2, 9)), lr=0.005, steps=20)
    scene = Scene(
        band(
            lambda run: run.theta[0],
            y=(0, 120),
            steps=20,
            ylabel="price",
            log=False,
            share=(25, 75),
        )
    )
    scene.show(run, 12)
    single, middle, dot = lines(scene)
    low, median, high = np.percentile(run.theta[0], [25, 50, 75], axis=1)[:, :13]
    assert (
        single[:, 1].tolist() == run.theta[0, :13, 0].tolist()
        and middle[:, 1].tolist() == median.tolist()
    )
    assert dot.tolist() == [[12, median[-1]]]
    (area,) = [patch for patch in scene.axes[0].patches if patch.get_animated()]
    np.testing.assert_allclose(area.get_xy()[:26, 1], [*low, *high[::-1]])
    assert "50 % of the runs" in scene.sentence()


def test_band_of_runs_that_explode_leaves_the_picture():
    scene = Scene(band(lambda run: run.loss, y=(1, 1e6), steps=2000))
    scene.show(descend(PRICES, np.zeros((2, 3)), lr=[0.03, 0.04, 0.05], steps=2000))
    single, middle, _ = lines(scene)
    assert np.isfinite(middle).all() and middle[-1, 1] > 1e6 > single[-1, 1]


def test_placing_puts_each_run_on_the_curve_of_the_others():
    scene = Scene(
        placing(ENDS, lambda run: (run.loss[-1], 0.8 if run.loss[-1] < 1e3 else 0.0), x=(1e2, 1e6))
    )
    scene.show(
        {
            "good": descend(PRICES, [0, 0], lr=0.03, steps=100),
            "bad": descend(PRICES, [0, 0], lr=0.04, steps=2000),
        }
    )
    curve, median = (line.get_xydata() for line in scene.axes[0].lines if not line.get_animated())
    assert curve.tolist() == [
        [1e2, 100],
        [200, 80],
        [1e3, 60],
        [2e3, 40],
        [1e6, 0],
        [1e6, 0],
        [1e6, 0],
    ] and median.tolist() == [[2e3, 50]]
    (good,), (bad,) = lines(scene)
    assert 1e2 < good[0] < 1e3 and good[1] == 80 and bad.tolist() == [1e6, 0]  # at the edge
    assert [text.get_text() for text in scene.axes[0].texts if text.get_animated()] == [
        "80 %",
        "0 %",
    ]
    own = Scene(placing(ENDS, lambda run: (500.0, 0.6, "mine"), x=(1e2, 1e6)))
    own.show(descend(PRICES, [0, 0], lr=0.03, steps=5))
    assert own.axes[0].texts[-1].get_text() == "mine"


def test_a_loss_of_ones_own_without_gradient_or_bounds():
    flat = Loss(lambda theta: np.abs(theta) ** 1.5)
    ring = Loss(lambda theta: (theta[0] ** 2 + theta[1] ** 2 - 4) ** 2)
    for panel, f, start in [(curve(flat), flat, 3.0), (landscape(ring), ring, [1.0, 2.5])]:
        scene = Scene(panel, loss_curve())
        scene.show(descend(f, start, lr=0.01, steps=30))
        assert "<path" in scene.overlay()


FLAT, DEEP = (
    Loss(lambda theta: 0 * theta + 5, lambda theta: 0 * theta, dim=0),
    Loss(lambda theta: theta**2 - 1000, dim=0),
)


@pytest.mark.parametrize(
    "panel, f, start",
    [
        (curve(FLAT), FLAT, 1.0),
        (curve(DEEP), DEEP, 1.0),
        (loss_curve(), DEEP, 1.0),
        (loss_curve(log=False), DEEP, 1.0),
        (loss_curve(), BOWL, 1e200),
        (curve(Loss(lambda theta: 1 / theta**2, dim=0)), BOWL, 1.0),
        (curve(Loss(lambda theta: 0 * theta - 5, dim=0)), BOWL, 1.0),
        (landscape(Loss(lambda theta: 0 * theta[0] + 5, dim=2)), PRICES, [1.0, 2.0]),
        (landscape(Loss(lambda theta: 1 / (theta**2).sum(axis=0), dim=2)), PRICES, [1.0, 2.0]),
    ],
)
def test_flat_negative_and_infinite_losses_are_drawn(panel, f, start):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scene = Scene(panel)
        scene.show(descend(f, start, lr=0.01, steps=3))
        assert scene.png() and "<path" in scene.overlay()
    low, high = scene.axes[0].get_ylim()
    assert low < high
    if f is DEEP and scene.axes[0].get_yscale() == "linear":
        assert low < -999


BATCH, LAST = (
    descend(PRICES, [0, 0], lr=[0.01, 0.02], steps=5),
    descend(PRICES, [0, 0], lr=0.01, steps=5, keep="last"),
)


@pytest.mark.parametrize(
    "panel, run, words",
    [
        (
            error_by_direction(VECTORS, PRICES.minimum),
            BATCH,
            r"one run, not a batch of shape \(2,\): choose one, run\[k\]",
        ),
        (data_line(*receipts()), BATCH, r"one run, not a batch of shape \(2,\)"),
        (error_by_direction(VECTORS, PRICES.minimum), LAST, "keep='path'"),
        (landscape(PRICES), LAST, "keep='path'"),
        (gradient_cloud(x=(-1, 1)), LAST, "keep='path'"),
        (basins(PRICES, WELLS, ["a", "b"]), LAST, "keep='path'"),
        (
            landscape(PRICES),
            lr_range_test(PRICES, [0, 0], min_lr=1e-5, max_lr=1e-2),
            "shows a Run, from descend, not <RangeTest",
        ),
    ],
)
def test_a_run_without_the_path_that_a_panel_needs(panel, run, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Scene(panel).show(run)


def test_effective_rates_need_the_whole_path():
    with pytest.raises(ValueError, match="this panel needs each theta of the run: descend"):
        Scene(effective_lr()).show(descend(valley(), (-7, 2), adam, lr=0.1, steps=5, keep="last"))


def test_show_returns_the_scene_so_that_it_can_end_a_cell():
    scene = Scene(curve(parabola()))
    assert scene.show(descend(parabola(), -5.0, lr=0.1, steps=3)) is scene and scene.t == 3
