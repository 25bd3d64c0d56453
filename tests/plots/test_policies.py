"""The panels that set plans side by side, on the data of their artists."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lrteach import (
    Scene,
    constant,
    curve,
    descend,
    instead,
    parabola,
    policy_rates,
    policy_scores,
    rate_spans,
    theta_curve,
    triangular,
)
from lrteach.plots.scene import COLORS

BOWL = parabola()
PLANS = {"low": constant(0.1), "high": constant(0.4), "cycle": triangular(0.1, 0.5, 5)}


def together(t):
    return np.array([[lr(t)] for lr in PLANS.values()])


RUN = descend(
    BOWL, np.array([-5.0, 0.0, 1.0, 2.0]), lr=together, steps=20
)  # three plans, four starts


def moving(scene, k=0):
    return [line for line in scene.axes[k].lines if line.get_animated()]


def shown(panel, run=RUN, t=None):
    scene = Scene(panel)
    scene.show(run, t)
    return scene


def test_policy_rates_puts_each_plan_in_a_strip_of_its_own():
    scene = shown(policy_rates(list(PLANS), steps=20, y=(0, 0.5)), t=5)
    low, high, cycle, dots = moving(scene)
    assert [label.get_text() for label in scene.axes[0].get_yticklabels()] == [
        "low",
        "high",
        "cycle",
    ]
    assert scene.axes[0].yaxis_inverted()
    for k, (line, lr) in enumerate(zip((low, high, cycle), PLANS.values(), strict=True)):
        np.testing.assert_allclose(line.get_ydata(), k + 0.4 - 0.78 * lr(np.arange(21)) / 0.5)
        assert to_hex(line.get_color()).upper() == COLORS[k]
    np.testing.assert_allclose(
        dots.get_xydata(), [[5, 0.4 - 0.156], [5, 1.4 - 0.624], [5, 2.4 - 0.78]]
    )
    assert "At step 5 of 20: 12 runs, rates from 0.1 to 0.5." in scene.sentence()


def test_policy_rates_may_give_each_strip_its_own_height_and_draws_rings():
    heights = [
        line.get_ydata().min() for line in moving(shown(policy_rates(list(PLANS), steps=20)))[:3]
    ]
    np.testing.assert_allclose(heights, [-0.38, 0.62, 1.62])
    scene = Scene(
        policy_rates(list(PLANS), steps=20, y=(0, 0.5), rings={"cycle": ([0, 5], [0.1, 0.5])})
    )
    rings = [line for line in scene.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_allclose(rings[0].get_xydata(), [[0, 2.4 - 0.156], [5, 2.4 - 0.78]])


SCORES = np.array([[10, 20, 40.0], [30, np.inf, 20], [np.inf, np.nan, np.inf]])


def test_policy_scores_shows_every_run_the_median_and_who_never_arrived():
    scene = shown(policy_scores(list(PLANS), lambda run: SCORES, x=(0, 100), xlabel="updates"))
    *runs, missed, middle = moving(scene)
    assert [sorted(line.get_xdata()) for line in runs] == [[10, 20, 40], [20, 30], []]
    assert [set(line.get_ydata()) for line in runs] == [{0}, {1}, set()]
    assert missed.get_ydata().tolist() == [1, 2] and (missed.get_xdata() > 100).all()
    assert middle.get_xydata().tolist() == [[20, 0], [30, 1]]
    words = [text.get_text() for text in scene.axes[0].texts if text.get_animated()]
    assert words == ["20", "30; never: 1 of 3", "never: 3 of 3"]
    assert scene.sentence().endswith("3 runs for each row.")


def test_policy_scores_writes_mean_and_spread_and_keeps_all_in_the_picture():
    values = np.array([[90.0, 92, 94], [20, 95, 95], [97, 97, 97]])
    scene = shown(
        policy_scores(
            list(PLANS),
            lambda run: values,
            x=(85, 99),
            xlabel="%",
            middle=np.mean,
            words="{:.1f} ± {:.1f}",
            label=False,
        )
    )
    *runs, _, middle = moving(scene)
    assert [text.get_text() for text in scene.axes[0].texts if text.get_animated()] == [
        "92.0 ± 2.0",
        "70.0 ± 43.3",
        "97.0 ± 0.0",
    ]
    assert runs[1].get_xdata().tolist() == [85, 95, 95] and middle.get_xdata().tolist() == [
        92,
        85,
        97,
    ]
    assert [label.get_text() for label in scene.axes[0].get_yticklabels()] == ["", "", ""]


def test_policy_scores_writes_the_standard_error_of_the_mean():
    values = np.array([[1.0, 2, 3, 6], [0, 0, 0, 0], [5, 5, 5, np.inf]])
    panel = policy_scores(
        list(PLANS),
        lambda run: values,
        x=(-9, 9),
        xlabel="difference",
        middle=np.mean,
        words="{0:+.1f} ± {2:.2f}",
    )
    scene = shown(panel)
    written = [text.get_text() for text in scene.axes[0].texts if text.get_animated()]
    error = np.std([1, 2, 3, 6], ddof=1) / 2
    assert written == [f"+3.0 ± {error:.2f}", "+0.0 ± 0.00", "never: 1 of 4"]


def test_policy_scores_changes_with_the_run():
    scene = Scene(policy_scores(["plan"], lambda run: run.loss[-1], x=(0, 60), xlabel="loss"))
    for lr in (0.1, 0.2):
        run = descend(BOWL, np.array([-5.0, 0.0]), lr=lr, steps=3)
        scene.show(run)
        np.testing.assert_allclose(moving(scene)[0].get_xdata(), run.loss[-1])


def test_rate_spans_joins_constant_rates_and_draws_cycles_as_bars():
    scene = shown(rate_spans(lambda run: run.loss[-1], x=(0.01, 1), y=(0, 10), ylabel="loss"))
    joined, bars, means = moving(scene)
    median = np.median(RUN.loss[-1], axis=1)
    np.testing.assert_allclose(joined.get_xydata(), [[0.1, median[0]], [0.4, median[1]]])
    np.testing.assert_allclose(bars.get_xydata()[:2], [[0.1, median[2]], [0.5, median[2]]])
    np.testing.assert_allclose(
        means.get_xydata(), [[triangular(0.1, 0.5, 5)(np.arange(20)).mean(), median[2]]]
    )
    (band,) = [patch for patch in scene.axes[0].patches if patch.get_animated()]
    np.testing.assert_allclose(
        band.get_xy()[:4],
        [
            [0.1, RUN.loss[-1, 0].min()],
            [0.4, RUN.loss[-1, 1].min()],
            [0.4, RUN.loss[-1, 1].max()],
            [0.1, RUN.loss[-1, 0].max()],
        ],
    )
    assert scene.sentence().endswith("12 runs of 3 policies.")


def test_rate_spans_draws_the_middle_that_is_asked_for():
    values = np.array([[1.0, 2, 6, 3], [3, 3, 3, 3], [0, 0, 9, 3]])  # means 3
    scene = shown(
        rate_spans(lambda run: values, x=(0.01, 1), y=(0, 10), ylabel="%", middle=np.mean)
    )
    joined, bars, means = moving(scene)
    assert joined.get_ydata().tolist() == [3, 3]
    assert bars.get_ydata().tolist() == [3, 3] and means.get_ydata().tolist() == [3]


def test_bars_of_the_same_height_lie_side_by_side():
    values = np.array([[3.0], [3.0], [3.1]])
    run = descend(
        BOWL, np.zeros(1), lr=lambda t: np.array([[0.1], [0.2], [0.3]]) * (1 + t % 2), steps=4
    )
    joined, bars, means = moving(
        shown(rate_spans(lambda run: values, x=(0.01, 1), y=(0, 10), ylabel="loss"), run)
    )
    assert (
        means.get_ydata().tolist() == bars.get_ydata()[::3].tolist() == [3.0, 3.0, 3.1]
    )  # no move in height
    aside = means.get_xdata() / [0.15, 0.3, 0.45]
    assert (
        aside[0] == pytest.approx(1) and aside[1] > 1.03 and aside[2] > aside[1] and aside[2] < 1.2
    )
    left, right = bars.get_xdata()[::3], bars.get_xdata()[1::3]
    np.testing.assert_allclose([left / [0.1, 0.2, 0.3], right / [0.2, 0.4, 0.6]], [aside, aside])


def test_rate_spans_leaves_out_the_rate_after_the_last_update():
    run = descend(
        BOWL,
        np.zeros(1),
        lr=lambda t: np.array([[0.1], [0.2]]) if t < 5 else np.array([[0.1], [9.0]]),
        steps=5,
    )
    joined, bars, _ = moving(
        shown(rate_spans(lambda run: run.loss[-1], x=(0.01, 1), y=(0, 20), ylabel="loss"), run)
    )
    assert joined.get_xdata().tolist() == [0.1, 0.2] and len(bars.get_xdata()) == 0


def test_instead_shows_another_run_made_once_for_each():
    made = []

    def other(run):
        made.append(run)
        return descend(BOWL, 0.0, lr=run.lr.__getitem__, steps=len(run) - 1)

    scene = Scene(instead(theta_curve(), other), instead(curve(BOWL), other))
    runs = [descend(BOWL, -5.0, lr=lr, steps=6) for lr in (0.1, 0.3)]
    for run in runs:
        for t in (2, 6):
            scene.show(run, t)
            np.testing.assert_allclose(
                moving(scene)[0].get_ydata()[: t + 1],
                descend(BOWL, 0.0, lr=run.lr[0], steps=t).theta,
            )
    assert len(made) == 4  # for each run once in each of the two panels


@pytest.mark.parametrize("tells", [None, lambda run, t: f"{len(run)} entries"])
def test_instead_tells_of_the_other_run(tells):
    panel = theta_curve()._replace(tells=tells)
    scene = shown(
        instead(panel, lambda run: descend(BOWL, 0.0, lr=0.1, steps=8)),
        descend(BOWL, 0.0, lr=0.1, steps=3),
    )
    assert ("9 entries" in scene.sentence()) == (tells is not None)


@pytest.mark.parametrize(
    "panel",
    [
        policy_rates(["a", "b"], steps=20),
        policy_scores(["a", "b"], lambda run: run.loss[-1], x=(0, 1), xlabel="loss"),
    ],
)
@pytest.mark.parametrize("lr", [0.1, [0.1, 0.2, 0.3], np.full((3, 2), 0.1)])
def test_there_is_a_name_for_each_policy(panel, lr):
    with pytest.raises(
        ValueError, match="must have one entry for each of the 2 policies on the first axis"
    ):
        shown(panel, descend(BOWL, -5.0, lr=lr, steps=5))


def test_spans_need_policies_and_rings_a_height():
    with pytest.raises(ValueError, match="rate_spans needs a batch of runs"):
        shown(
            rate_spans(lambda run: run.loss[-1], x=(0.01, 1), y=(0, 1), ylabel="loss"),
            descend(BOWL, -5.0, lr=0.1, steps=5),
        )
    with pytest.raises(ValueError, match="y must be given with rings, not None"):
        policy_rates(["a"], steps=20, rings={"a": ([0], [0.1])})
