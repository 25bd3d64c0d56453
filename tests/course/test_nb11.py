"""What notebook 11 answers to what a learner gives, and the numbers that it states."""

import numpy as np
import pytest
from tables import Later, code_of, notebook_of, tests_of

import lrteach
from lrteach import (
    PLANS,
    adam,
    black_box,
    blind_walks,
    cosine,
    descend,
    momentum,
    one_cycle,
    rmsprop,
    score,
    sgd,
    warmup,
)
from lrteach.course.kept import ACCURACY, stored
from lrteach.course.nb11 import BUDGET, ends_of_draws


def on(letter, rule, lr, steps=BUDGET, **hyper):
    """A run on a new box, of as many steps."""
    box = black_box(letter)
    return descend(box, box.start, rule, lr=lr, steps=steps, **hyper)


PREDICTIONS = [
    ("blind", "about a quarter", "✓ You said"),
    ("blind", "hardly any", "Blind is no way to choose"),
    ("with_the_rest", "momentum, constant rate", "✓ You said"),
    ("with_the_rest", "momentum, cosine", "The cosine is for noise"),
    ("with_the_rest", "gradient descent, constant rate", "what momentum is for"),
    ("schedule_for_noise", "cosine", "✓ You said"),
    ("schedule_for_noise", "constant", "the cosine takes its time"),
    ("kind_of_place", "a plateau: the slope is tiny, however far the bottom is", "✓ You said"),
    ("kind_of_place", "the bottom: nothing is left to learn", "the slope would be 0"),
    ("kind_of_place", "a valley with a very steep wall", "On a steep wall"),
    ("lowest_on_a", "Adam in one cycle", "✓ You said"),
    ("lowest_on_a", "Adam with a cosine", "What does one cycle do before that?"),
    ("lowest_on_a", "momentum at a constant rate", "have beta = 0.9"),
    ("lowest_on_a", "momentum in one cycle", "why it is no luck"),
    ("default_rate", "more than 5 %", "✓ You said"),
    ("default_rate", "about 1 %", "In five epochs the default gets to 88 %"),
    ("first_step", "10 and 3.16 times the rate", "✓ You said"),
    ("first_step", "both equal to the rate", "after one step it is"),
    ("first_step", "0.1 and 0.316 times the rate", "divided by its root"),
]
CHECKS = [
    ("run_a", ..., "✗ Not run yet"),
    ("run_a", "momentum", "must be a Run on a black box"),
    ("run_a", Later(on, "A", momentum, 0.06, beta=0.97), "✓ The run ends at 0.00859, beats 99 %"),
    ("run_a", Later(on, "A", adam, 0.5), "✓ The run ends at 0.162, beats 98 %"),
    ("run_a", Later(on, "A", adam, warmup(cosine(4.64, 290), 10)), "✓ The run"),
    ("run_a", Later(on, "A", adam, one_cycle(4.64, 300)), "✓ The run"),
    ("run_a", Later(on, "B", sgd, cosine(0.03, 300)), "This run is on box B, and the exercise"),
    ("run_a", Later(on, "A", momentum, 0.06, steps=100), "You have many steps left"),
    ("run_a", Later(on, "A", sgd, 0.036), "Gradient descent is slow in a long valley"),
    ("run_a", Later(on, "A", sgd, 0.1), "The run is lost"),
    ("run_a", Later(on, "A", momentum, 0.005), "It creeps"),
    ("run_a", Later(on, "A", momentum, cosine(0.036, 300)), "a rate that shrinks gives steps away"),
    ("run_a", Later(on, "A", adam, one_cycle(0.1, 300)), "A gentle start is right for Adam"),
    ("run_a", Later(on, "A", adam, cosine(4.64, 300)), "first full step throws the loss up"),
    ("run_a", Later(on, "A", momentum, 0.036, beta=0.85), "what does more memory do"),
    ("run_a", Later(on, "A", momentum, 0.03, beta=0.995), "Too much memory"),
    ("run_b", ..., "✗ Not run yet"),
    ("run_b", Later(on, "B", adam, cosine(0.15, 300)), "✓ The run ends at 0.748, beats 100 %"),
    ("run_b", Later(on, "B", sgd, cosine(0.03, 300)), "✓ The run"),
    ("run_b", Later(on, "A", adam, 0.5), "This run is on box A"),
    ("run_b", Later(on, "B", sgd, cosine(0.03, 100), steps=100), "You have many steps left"),
    ("run_b", Later(on, "B", sgd, 0.03), "A constant rate ends at a noise floor"),
    ("run_b", Later(on, "B", momentum, cosine(0.03, 300)), "begin that much lower"),
    ("run_b", Later(on, "B", adam, cosine(1, 300)), "makes strides as long as its rate"),
    ("run_b", Later(on, "B", adam, cosine(0.02, 300)), "bears a larger"),
    ("run_b", Later(on, "B", sgd, cosine(0.1, 300)), "0.1 is too much for gradient descent"),
    ("run_b", Later(on, "B", sgd, PLANS["steps down"](0.03, 300)), "shrinks too early"),
    ("run_b", Later(on, "B", sgd, lambda t: 0.05 - 0.02 * t / 300), "does not shrink enough"),
    ("run_b", Later(on, "B", sgd, cosine(0.005, 300)), "may begin larger"),
    ("run_c", ..., "✗ Not run yet"),
    ("run_c", Later(on, "C", rmsprop, cosine(0.3, 300)), "✓ The run"),
    ("run_c", Later(on, "C", adam, cosine(1, 300)), "✓ The run"),
    ("run_c", Later(on, "C", adam, cosine(2, 300)), "✓ The run"),
    ("run_c", Later(on, "A", adam, 0.5), "This run is on box A"),
    ("run_c", Later(on, "C", sgd, 10), "Which rules do not care"),
    ("run_c", Later(on, "C", sgd, 300), "The run is lost"),
    ("run_c", Later(on, "C", adam, 0.1, steps=100), "You have many steps left"),
    ("run_c", Later(on, "C", rmsprop, 0.03), "too short to arrive"),
    ("run_c", Later(on, "C", adam, PLANS["steps down"](0.2, 300)), "before the run has crossed"),
    ("run_c", Later(on, "C", rmsprop, 0.1), "too long to settle"),
    ("run_c", Later(on, "C", rmsprop, 1.0), "leap over the well"),
    ("run_c", Later(on, "C", rmsprop, cosine(0.1, 300)), "its rate runs out"),
    ("times_longer", ..., "✗ Not answered yet"),
    ("times_longer", (0.01 / np.sqrt(1 - 0.99)) / (0.001 / np.sqrt(1 - 0.9)), "✓ Right"),
    ("times_longer", 10, "The memories differ, too"),
    ("times_longer", 3.16, "The default rates differ, too"),
    ("times_longer", 100, "take the root"),
    ("times_longer", 0.0316, "The other way round"),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb11", PREDICTIONS, CHECKS)


# what the notebook states


def end(rule, lr, **hyper):
    return score(on("A", rule, lr, **hyper)).loss


def test_the_blind_runs_on_a():
    ends = blind_walks("A")
    assert np.round(100 * np.mean(ends > 100)) == 24
    assert np.round(100 * np.mean((ends > 50) & (ends <= 100))) == 32
    best_of = ends.min(axis=2)
    assert best_of.argmin() == 15  # Adam, one cycle
    assert best_of[3, 0] / best_of[3, 3] == pytest.approx(500, rel=0.01)


def test_adam_on_a_needs_a_gentle_start_and_nobody_else():
    tops = np.geomspace(1.5, 20, 12)
    assert max(end(adam, one_cycle(top, 300)) for top in tops) < 0.006
    for top in (1.0, 2.15, 4.64, 10.0):
        assert end(adam, cosine(top, 300)) > 2.5  # no rate helps
        assert on("A", adam, cosine(top, 300)).loss[1] > 120
    assert end(adam, warmup(cosine(4.64, 290), 10)) < 0.0003
    memories = [end(adam, cosine(4.64, 300), beta2=beta2) for beta2 in (0.999, 0.99, 0.95, 0.9)]
    assert memories == sorted(memories, reverse=True) and memories[2] < 0.003
    for rule, lr in [(sgd, 0.0215), (momentum, 0.0464)]:
        alone, warm = end(rule, cosine(lr, 300)), end(rule, warmup(cosine(lr, 290), 10))
        assert 0.8 < warm / alone < 1.25


def test_the_start_of_a_is_far_away_and_six_times_is_six_times():
    box = black_box("A")
    assert np.linalg.norm(box.start - box._problem.minimum) == pytest.approx(79, abs=0.5)
    roots = [np.sqrt(on("A", adam, lr).state["s"][:, -1] / (1 - 0.999 ** 300)).mean()
             for lr in (cosine(4.64, 300), warmup(cosine(4.64, 290), 10))]
    assert roots[0] / roots[1] == pytest.approx(6, abs=0.5)


def test_momentum_at_its_best_on_a_stays_above_adam():
    lr, beta = np.geomspace(0.04, 0.085, 20)[:, None], np.linspace(0.93, 0.985, 15)
    box = black_box("A")
    starts = np.broadcast_to(np.reshape(box.start, (-1, 1, 1)), (box.dim, 20, 15))
    ends = descend(box._problem, starts, momentum, lr=lr, beta=beta, steps=300, keep="last").loss
    assert np.nanmin(ends[-1]) == pytest.approx(0.0013, rel=0.05)


def test_on_b_the_cosine_is_better_for_all_and_rmsprop_ahead():
    ends = {rule: [ends_of_draws(rule, name) for name in ("constant", "cosine")]
            for rule in (sgd, momentum, rmsprop, adam)}
    for level, falling in ends.values():
        gain = level.mean() - falling.mean()
        assert gain > 3 * np.hypot(level.std(ddof=1), falling.std(ddof=1)) / np.sqrt(20)
    for rule in (sgd, momentum, adam):
        more = ends[rule][1] - ends[rmsprop][1]
        assert more.mean() > 5 * more.std(ddof=1) / np.sqrt(20) and 0.3 < more.mean() < 0.62


def test_what_is_stored_can_be_shown():
    said = stored["sweep"].suggestions()
    assert {name: float(f"{rate:.2g}") for name, rate in said.items()} == {
        "steepest": 0.006, "valley": 0.0051, "slide": 0.12, "minimum/10": 0.0083}
    assert [float(f"{bound:.2g}") for bound in stored["sweep"].bounds()] == [0.0024, 0.012]
    for name, (schedule, accuracy) in ACCURACY.items():
        run = stored["training"][name]
        np.testing.assert_allclose(100 * run.measured["test"].T, accuracy)
        assert run.steps == 225 and list(run.times) == [0, 45, 90, 135, 180, 225]
        np.testing.assert_array_equal(run.lr, [schedule(t) for t in range(226)])


@pytest.mark.kernel  # it trains as the notebook does
def test_the_sweep_finds_the_rates_of_adam():
    cell, = (source for source in code_of(notebook_of("nb11")) if "def accuracy_of" in source)
    names = {name: getattr(lrteach, name) for name in lrteach.__all__} | {"np": np}
    names.update(zip(["X", "y", "X_test", "y_test"], lrteach.digits(), strict=True))
    exec(cell.partition("Scene(")[0], names)
    table = names["table"]
    good = table.rates[np.median(table.values, axis=1) >= 0.9]
    np.testing.assert_allclose(good, [10**-2.5, 10**-2, 10**-1.5, 0.1])
    assert table.errors == {} and table.values.shape == (9, 5)
