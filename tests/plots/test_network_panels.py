"""Panels of networks, on the data of their artists."""

import re
import warnings

import numpy as np
import pytest

from lrteach import (
    MLP,
    Minibatches,
    Scene,
    accuracy_by_rate,
    accuracy_curve,
    adam,
    descend,
    digit_names,
    digits,
    layer_curve,
    loss_curve,
    measure_curve,
    parabola,
)
from lrteach.plots.measures import share_in_words

X, y, X_test, y_test = digits()
NET = MLP(X, y, (8,))
ROWS, SEEDS = Minibatches(NET, 20, 2000, seed=0), range(3)
RATES = np.geomspace(0.001, 100, 6)


def slopes(theta):
    return np.array(
        [np.abs(W).mean() for W, b in NET.unpack(NET.on_rows(np.arange(50)).grad(theta))]
    )


def train(lr, steps=40, start=None, **measure):
    measure = measure or {
        "test": lambda theta: NET.accuracy(theta, X_test, y_test),
        "training": lambda theta: NET.accuracy(theta, X[:60], y[:60]),
    }
    return descend(
        ROWS,
        NET.init(seed=0) if start is None else start,
        adam,
        lr=lr,
        steps=steps,
        measure=measure,
        every=10,
    )


STARTS = np.stack([NET.init(seed) for seed in SEEDS], axis=-1)
PANELS = {  # each with a run that suits it, and that explodes at a higher rate
    "accuracy_curve": (lambda: accuracy_curve(steps=40), lambda lr, steps: train(lr, steps)),
    "accuracy_curve, two": (
        lambda: accuracy_curve(steps=40, names=("test", "training")),
        lambda lr, steps: train(lr, steps, STARTS),
    ),
    "accuracy_by_rate": (
        lambda: accuracy_by_rate(x=(1e-3, 1e2)),
        lambda lr, steps: train(lr * RATES[:, None], steps, STARTS[:, None]),
    ),
    "measure_curve": (
        lambda: measure_curve("test", steps=40, y=(0, 1), level={"good": 0.9}),
        lambda lr, steps: train(lr, steps, STARTS),
    ),
    "layer_curve": (
        lambda: layer_curve(steps=40, y=(1e-6, 1), layers=2),
        lambda lr, steps: train(lr, steps, slope=slopes),
    ),
    "digit_names": (
        lambda: digit_names(X_test[:7], y_test[:7], columns=3),
        lambda lr, steps: train(lr, steps),
    ),
}


def lines(scene, k=0):
    return [
        line.get_xydata()
        for line in scene.axes[k].lines
        if line.get_animated() and line.get_visible()
    ]


def drawn(scene):
    """What moves, without its words."""
    return re.sub('<text.*?</text>|aria-label=".*?"', "", scene.overlay(), flags=re.S)


@pytest.mark.parametrize("name", PANELS)
def test_panel_draws_good_and_wild_runs_and_keeps_its_limits(name):
    make, run = PANELS[name]
    scene = Scene(make())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scene.show(run(0.01, 40), 10)
        early, kept = drawn(scene), scene.axes[0].get_ylim()
        scene.show(run(0.02, 40), 40)
        late = drawn(scene)
        scene.show(run(1e30, 200))
        assert "<text" in scene.overlay() and scene.png()
    assert early != late or name == "digit_names"  # which has words alone
    assert scene.axes[0].get_ylim() == kept
    assert "nan" not in drawn(scene)


def test_accuracy_curve_draws_the_median_over_the_seeds_and_the_band_of_all():
    run = train(0.02, 60, STARTS)
    scene = Scene(accuracy_curve(steps=60, names=("test", "training")))
    scene.show(run, 35)
    test, training, dot = lines(scene)
    share = 100 * run.measured["test"][:4]
    np.testing.assert_allclose(test, np.stack([[0, 10, 20, 30], np.median(share, axis=1)], axis=1))
    np.testing.assert_allclose(
        training[:, 1], 100 * np.median(run.measured["training"][:4], axis=1)
    )
    assert dot.tolist() == test[-1:].tolist()
    (around,) = scene.axes[0].patches
    np.testing.assert_allclose(
        around.get_xy()[:8, 1], [*share.min(axis=1), *share.max(axis=1)[::-1]]
    )
    assert [text.get_text() for text in scene.axes[0].get_legend().get_texts()] == [
        "test",
        "training",
    ]


def test_accuracy_curve_grows_with_the_run_and_marks_a_share():
    scene = Scene(accuracy_curve(steps=40, good=0.9, upright={"end of a cycle": [20, 40]}))
    assert scene.set(train(0.02, 60)) and scene.axes[0].get_xlim()[1] > 60
    level, *upright = [line for line in scene.axes[0].lines if not line.get_animated()]
    assert list(level.get_ydata()) == [90, 90] and [line.get_xdata()[0] for line in upright] == [
        20,
        40,
    ]
    assert [text.get_text() for text in scene.axes[0].get_legend().get_texts()] == [
        "end of a cycle"
    ]
    assert [text.get_text() for text in scene.axes[0].texts] == ["90 %"]


def test_accuracy_curve_says_what_it_needs():
    with pytest.raises(ValueError, match="has not measured 'test'"):
        Scene(accuracy_curve(steps=40)).show(train(0.02, slope=slopes))


def test_accuracy_by_rate_draws_the_median_over_the_seeds_for_each_rate():
    run = train(RATES[:, None], 60, STARTS[:, None])
    scene = Scene(accuracy_by_rate(x=(1e-3, 1e2), good=0.5))
    for t, k in [(60, 6), (29, 2)]:
        scene.show(run, t)
        (line,) = lines(scene)
        share = 100 * run.measured["test"][k]
        np.testing.assert_allclose(line, np.stack([RATES, np.median(share, axis=1)], axis=1))
        np.testing.assert_allclose(
            scene.axes[0].patches[0].get_xy()[:12, 1],
            [*share.min(axis=1), *share.max(axis=1)[::-1]],
        )
    scene.show(run)
    fine = RATES[np.median(run.measured["test"][-1], axis=1) >= 0.5]
    assert (
        0 < len(fine) < 6
        and f"at least 50 % at lr from {fine[0]:.3g} to {fine[-1]:.3g}" in scene.sentence()
    )
    best = np.median(run.measured["test"][-1], axis=1)
    scene = Scene(accuracy_by_rate(x=(1e-3, 1e2), good=best.max()))
    scene.show({"adam": run})
    assert f"% at lr = {RATES[best.argmax()]:.3g}." in scene.sentence()
    scene = Scene(accuracy_by_rate(x=(1e-3, 1e2), good=0.99999))
    scene.show({"adam": run})
    assert "adam, at least 99.999 % at no rate" in scene.sentence()


def test_layer_curve_draws_one_line_for_each_layer():
    run = train(0.02, 40, slope=slopes)
    scene = Scene(layer_curve(steps=40, y=(1e-6, 1), layers=2))
    scene.show(run, 25)
    np.testing.assert_allclose([line[:, 1] for line in lines(scene)], run.measured["slope"][:3].T)
    assert lines(scene)[0][:, 0].tolist() == [0, 10, 20]


def test_digit_names_are_those_of_the_network_and_a_wrong_one_has_a_cross():
    scene = Scene(digit_names(X_test[:30], y_test[:30]))
    for start, lr in [(NET.init(seed=0), 0.02), (STARTS, [0.05] * 3)]:
        run = train(lr, 60, start)
        scene.show(run)
        said = NET.predict(run.final, X_test[:30]).reshape(30, -1)[:, 0]
        words = [text.get_text() for text in scene.axes[0].texts]
        named = zip(said, y_test[:30], strict=True)
        assert words == [f"{a}" if a == b else f"✗ {a}" for a, b in named]
        assert 0 < sum(len(word) == 3 for word in words) < 30
        colors = {(len(text.get_text()), text.get_color()) for text in scene.axes[0].texts}
        assert len(colors) == 2
    assert len(scene.axes[0].images) == 30
    np.testing.assert_array_equal(scene.axes[0].images[4].get_array(), X_test[4].reshape(8, 8))


@pytest.mark.parametrize(
    "share, words",
    [
        (0.0, "below 20 %"),
        (0.2001, "20 to 40 %"),
        (0.949, "80 to 95 %"),
        (0.96, "above 95 %"),
        (1.0, "above 95 %"),
    ],
)
def test_a_share_in_words(share, words):
    assert share_in_words(share) == words


def test_a_scene_tells_what_its_panels_tell_in_place_of_the_loss():
    scene = Scene(accuracy_curve(steps=40), loss_curve(steps=40))
    scene.show(train(0.02))
    words = share_in_words(train(0.02).measured["test"][-1])
    assert (
        f"At step 40 of 40: lr = 0.02, test accuracy {words}."
        in scene.sentence()
    )
    scene.show({"one": train(0.02, start=STARTS), "other": train(0.01)}, 10)
    told = r"one, test accuracy .* %.* \(median of 3 runs\); other, test accuracy [^;(]*\."
    assert re.search(told, scene.sentence())
    alone = Scene(loss_curve(steps=40))
    alone.show(descend(parabola(), -5.0, lr=0.1, steps=40))
    assert "loss" in alone.sentence()


def test_panels_know_when_a_run_was_measured():
    scene = Scene(
        accuracy_curve(steps=60),
        accuracy_by_rate(x=(1e-3, 1)),
        layer_curve(steps=60, y=(1e-6, 1), layers=2),
    )
    for every in (1, 7, 20):
        run = descend(
            ROWS,
            NET.init(seed=0),
            adam,
            lr=0.02,
            steps=60,
            every=every,
            measure={"test": lambda theta: NET.accuracy(theta, X_test, y_test), "slope": slopes},
        )
        for t, count in [(60, 60 // every + 1), (25, 25 // every + 1)]:
            scene.show(run, t)
            share = 100 * run.measured["test"][:count]
            curve, by_rate, layer = (lines(scene, k)[0] for k in range(3))
            assert curve[:, 0].tolist() == list(range(0, t + 1, every)) == layer[:, 0].tolist()
            assert curve[:, 1].tolist() == share.tolist() and by_rate[0, 1] == share[-1]


@pytest.mark.parametrize(
    "panel", [accuracy_by_rate(x=(1e-3, 1)), layer_curve(steps=40, y=(1e-6, 1))]
)
def test_what_was_not_measured_is_named(panel):
    with pytest.raises(ValueError, match="this run has not measured '(test|slope)'"):
        Scene(panel).show(train(0.01, other=np.sum))


def test_one_name_and_one_run_are_enough():
    run, scene = (
        train(0.01),
        Scene(accuracy_curve(steps=40, names="test"), accuracy_by_rate(x=(1e-3, 1))),
    )
    scene.show(run)
    last = 100 * run.measured["test"][-1]
    assert lines(scene)[0][-1, 1] == last and lines(scene, 1)[0].tolist() == [
        [pytest.approx(0.01), last]
    ]


@pytest.mark.parametrize(
    "rows, names", [(X[0], y[0]), (y[:4], X[:4]), (X[:4, :7], y[:4]), (X[:4], y[:2])]
)
def test_digits_must_be_rows_of_squares(rows, names):
    with pytest.raises(ValueError, match="X must be rows of square pictures, such as X_test"):
        digit_names(rows, names)


def test_digits_are_named_by_a_network():
    with pytest.raises(
        TypeError, match="this panel shows a run on a network, an MLP, not on <Loss"
    ):
        Scene(digit_names(X_test[:4], y_test[:4])).show(descend(parabola(), 1.0, lr=0.1, steps=3))


def test_measure_curve_draws_the_median_at_its_times_and_tells_one_digit():
    scene = Scene(measure_curve("test", steps=40, y=(0, 1), ylabel="share that is right"))
    run = train(0.02, 40, STARTS)
    scene.show(run, 25)
    (line, point) = lines(scene)
    np.testing.assert_array_equal(line[:, 0], [0, 10, 20])
    np.testing.assert_array_equal(line[:, 1], np.median(run.measured["test"], axis=1)[:3])
    np.testing.assert_array_equal(point, line[-1:])
    assert scene.axes[0].get_ylabel() == "share that is right"
    share = np.median(run.measured["test"][2])
    assert f"test about {float(f'{share:.1g}'):g}" in scene.sentence()
    with pytest.raises(ValueError, match="has not measured 'loss'"):
        Scene(measure_curve("loss", steps=40, y=(0, 1))).show(run)
