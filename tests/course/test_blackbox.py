"""Black boxes: what they cost, what they hide, and how a run on one of them is placed."""

import copy
import dataclasses
import functools
import itertools
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from lrteach import (
    PLANS,
    BlackBox,
    LinearRegression,
    Loss,
    Minibatches,
    Run,
    adam,
    black_box,
    blind_walks,
    curvature,
    descend,
    iterate,
    lr_range_test,
    momentum,
    parabola,
    rmsprop,
    score,
    sgd,
)
from lrteach.course import blackbox
from lrteach.course.blackbox import (
    BITS,
    BLIND_RATES,
    BLIND_RULES,
    BUDGET,
    DRAWN,
    LEAST,
    LOST,
    _problem,
)
from lrteach.course.checks import check_score

LETTERS = "A", "B", "C"
every_box = pytest.mark.parametrize("letter", LETTERS)


def box_start(letter):
    return black_box(letter).start


# what it costs


@every_box
def test_each_step_of_each_run_costs_one_and_the_start_is_free(letter):
    box = black_box(letter)
    assert box.left == box.budget == BUDGET
    box.plan(0.1, 50)
    descend(box, box.start, momentum, lr=0.01, steps=20)
    assert box.left == BUDGET - 20
    descend(box, box.start, adam, lr=[0.1, 0.2, 0.3], beta1=[[0.8], [0.9]], steps=10)
    assert box.left == BUDGET - 20 - 60
    box(box.start)
    box.grad(box.start)
    box(np.stack([box.start, box.start], axis=1))
    assert box.left == BUDGET - 80 - 4
    assert black_box(letter).left == BUDGET  # another box, its own budget


@every_box
def test_an_empty_box_says_so(letter):
    box = black_box(letter, budget=10)
    descend(box, box.start, lr=0.001, steps=8)
    words = (rf"black box {letter} has 2 of its 10 steps left, and this asks for 3 more: "
             rf"ask for fewer, or begin anew with black_box\('{letter}'\)")
    with pytest.raises(ValueError, match=words):
        descend(box, box.start, lr=[0.1, 0.2, 0.3], steps=1)
    assert box.left == 2
    descend(box, box.start, lr=0.001, steps=2)
    for ask in (lambda: box(box.start), lambda: box.grad(box.start),
                lambda: descend(box, box.start, lr=0.001, steps=1)):
        with pytest.raises(ValueError, match="0 of its 10 steps left, and this asks for 1 more"):
            ask()
    assert box.plan(0.1, 5).loss[0] > 0  # what costs nothing still works


@every_box
@pytest.mark.parametrize("ask, price", [
    (lambda box: descend(box, box.start, lr=0.1, steps=301), 301),
    (lambda box: descend(box, box.start, adam, lr=[0.1, 0.2], steps=151), 302),
    (lambda box: descend(box, np.stack([box.start + k for k in range(4)], axis=1), lr=0.1,
                         steps=76), 304),
    (lambda box: lr_range_test(box, box.start, steps=302), 301),
    (lambda box: descend(box, box.start + 1, lr=0.1, steps=10 ** 6, keep="last"), 10 ** 6),
    (lambda box: box(np.tile(box.start[:, None], 301)), 301),
    (lambda box: box.grad(np.tile(box.start[:, None], 301)), 301),
    (lambda box: box.at(5).hessian(np.tile(box.start[:, None], 30)), ""),
])
def test_what_cannot_be_paid_is_refused_and_costs_nothing(letter, ask, price):
    box = black_box(letter)
    with pytest.raises(ValueError, match=f"asks for {price}"):
        ask(box)
    assert box.left == BUDGET
    descend(box, box.start, lr=0.001, steps=300)  # and all of it is there to be spent
    assert box.left == 0


def elsewhere(box):
    return box.start + 0.5


def double(box):
    return np.stack([box.start, elsewhere(box)], axis=1)


ASKED = {  # whatever is asked: what it costs at least
    "the gradient at the start": (lambda box: box.at(0).grad(box.start), 1),
    "value and gradient at the start": (lambda box: box.at(0).value_and_grad(box.start), 1),
    "a loss elsewhere at t = 0": (lambda box: box.at(0)(elsewhere(box)), 1),
    "a gradient elsewhere at t = 0": (lambda box: box.at(0).grad(elsewhere(box)), 1),
    "the start and another at t = 0": (lambda box: box.at(0)(double(box)), 2),
    "the loss at the start as step 1 sees it": (lambda box: box.at(1)(box.start), 1),
    "at of at": (lambda box: box.at(3).at(0).grad(elsewhere(box)), 1),
    "a copy": (lambda box: copy.copy(box).grad(box.start), 1),
    "a deep copy": (lambda box: copy.deepcopy(box).grad(box.start), 1),
    "a pickle": (lambda box: pickle.loads(pickle.dumps(box)).grad(box.start), 1),
    "a pickle of a copy at t = 0": (
        lambda box: pickle.loads(pickle.dumps(copy.copy(box.at(0)))).grad(box.start), 1),
    "a run on a copy": (lambda box: descend(copy.deepcopy(box), box.start, lr=0.1, steps=7), 7),
    "a run from elsewhere": (lambda box: descend(box, elsewhere(box), lr=0.1, steps=7), 7),
    "a batch of starts": (lambda box: descend(box, double(box), lr=0.1, steps=7), 14),
    "a Hessian": (lambda box: box.hessian(box.start), 13),
    "a Hessian at t = 0": (lambda box: box.at(0).hessian(box.start), 13),
    "curvatures": (lambda box: curvature(box, box.start), 13),
    "a range test": (lambda box: lr_range_test(box, box.start, max_lr=1e-3, steps=30), 29),
    "a range test of two": (
        lambda box: lr_range_test(box, double(box), max_lr=1e-3, steps=30), 58),
    "a range test that ends at once": (
        lambda box: lr_range_test(box, box.start, min_lr=1e5, max_lr=1e6, steps=30), 3),
    "a measure": (
        lambda box: descend(box, box.start, lr=0.1, steps=7, measure={"again": box}), 15),
    "a measure of the gradient at t = 0": (
        lambda box: descend(box, box.start, lr=0.1, steps=7, measure={"g": box.at(0).grad}), 15),
    "one step after the other": (
        lambda box: list(itertools.islice(iterate(box, box.start, lr=0.1), 8)), 8),
    "iterating on a copy": (
        lambda box: list(itertools.islice(iterate(box.at(0), elsewhere(box), lr=0.1), 8)), 8),
    "a loss around the box": (lambda box: descend(Loss(box, box.grad), box.start, lr=0.1,
                                                  steps=7), 7),
    "a loss around the box at t = 0": (
        lambda box: descend(Loss(box.at(0), box.at(0).grad), elsewhere(box), lr=0.1, steps=7), 7),
}


@every_box
@pytest.mark.parametrize("name", ASKED)
def test_nothing_is_got_for_nothing(letter, name):
    ask, price = ASKED[name]
    box = black_box(letter)
    ask(box)
    assert box.left <= BUDGET - price


@every_box
@pytest.mark.parametrize("max_lr", [1e-3, 1, 1e3, 1e6])
def test_a_range_test_pays_for_what_it_has_seen(letter, max_lr):
    box = black_box(letter)
    test = lr_range_test(box, box.start, min_lr=1e-5, max_lr=max_lr, steps=60)
    completed = test.stop_reason == "completed"
    assert box.left == BUDGET - (59 if completed else len(test.loss))
    assert completed == (len(test.loss) == 60) or letter == "C"


@every_box
def test_only_the_loss_at_the_start_is_free(letter):
    box, single = black_box(letter), black_box(letter)
    loss = single.at(0)(single.start)
    assert single.left == BUDGET
    assert loss == pytest.approx(box.at(0)(np.float32(box.start)), rel=1e-5)
    both = box.at(0)(np.stack([box.start] * 2, axis=1))
    np.testing.assert_allclose(both, [loss, loss], rtol=1e-14)
    assert loss == box.plan(0.1, 3).loss[0] == descend(single, box.start, lr=0.1, steps=1).loss[0]
    assert (box.left, single.left) == (BUDGET, BUDGET - 1)


@every_box
def test_the_start_and_the_budget_stay_what_they_are(letter):
    box = black_box(letter)
    with pytest.raises(ValueError, match="read-only"):
        box.start[:] = 0.0
    for name in ("budget", "left"):
        with pytest.raises(AttributeError):
            setattr(box, name, 10 ** 6)
    box.start = np.zeros(box.dim) + 0.25  # moved by hand, it is no longer free
    box.at(0)(box.start)
    assert box.left == BUDGET - 1


@every_box
def test_the_last_look_of_a_run_is_free_but_once_and_without_a_gradient(letter):
    box = black_box(letter)
    walk = box.walk(3)
    for t in range(3):
        assert np.isfinite(walk.at(t).value_and_grad(box.start + t)[1]).all()
    assert box.left == BUDGET - 3
    loss, g = walk.at(3).value_and_grad(box.start + 3)
    assert box.left == BUDGET - 3
    assert np.isnan(g).all()
    assert loss == box.at(3)(box.start + 3)
    left = box.left
    walk.at(4).value_and_grad(box.start)
    assert box.left == left - 1
    wide = box.walk(1)
    wide.at(0).value_and_grad(box.start)
    wide.at(1).value_and_grad(double(box))  # two runs, where one was paid for
    assert box.left == left - 1 - 1 - 2
    assert (wide.at(0)(double(box)) == 0).all()  # the shape alone


@every_box
def test_a_rule_that_fails_has_spent_the_steps_before(letter):
    def rule(theta, g, lr, t=0):
        if t == 4:
            raise RuntimeError("no further")
        return theta - lr * g, t + 1
    box = black_box(letter)
    with pytest.raises(RuntimeError, match="no further"):
        descend(box, box.start, rule, lr=0.001, steps=50)
    assert box.left == BUDGET - 5


@every_box
def test_all_copies_share_one_budget_and_know_where_it_went(letter):
    box = black_box(letter, budget=100)
    copies = [copy.copy(box), copy.deepcopy(box), pickle.loads(pickle.dumps(box)), box.at(7)]
    for k, one in enumerate(copies, start=1):
        run = descend(one, one.start, lr=0.001, steps=10)
        assert {other.left for other in [box, *copies]} == {100 - 10 * k}
        assert score(run).loss == score(dataclasses.replace(run, f=box)).loss
    assert repr(copies[2]) == repr(box)
    run = pickle.loads(pickle.dumps(run))
    assert score(run).loss == score(descend(black_box(letter), box.start, lr=0.001, steps=10)).loss
    assert run.f.left == box.left == 60


def test_a_box_that_another_process_reads_goes_on_where_it_was(tmp_path):
    box = black_box("A")
    run = descend(box, box.start, momentum, lr=0.01, steps=20)
    (tmp_path / "box").write_bytes(pickle.dumps((box, run)))
    code = f"""
import pickle
from lrteach import descend, momentum, score
stored = open({str(tmp_path / 'box')!r}, "rb").read()
(box, run), (again, _) = pickle.loads(stored), pickle.loads(stored)
same = descend(box, box.start, momentum, lr=0.01, steps=20)
print(box.left, again.left, (same.theta == run.theta).all(), score(run).loss == score(same).loss)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["260", "260", "True", "True"]
    assert len(pickle.dumps(box)) < 5000  # nothing of its inside


# what it hides


@every_box
def test_it_shows_nothing_of_its_inside(letter):
    box = black_box(letter)
    assert repr(box) == f"<black box {letter}: {box.dim} parameters, 300 of 300 steps left>"
    assert box.minimum is None
    assert box.bounds is None
    run = descend(box, box.start, lr=0.001, steps=5)
    assert repr(run) == (f"<Run: 5 steps on <black box {letter}: {box.dim} parameters, "
                         "295 of 300 steps left>>")
    assert run.f is box


@every_box
def test_a_run_on_the_box_is_a_run_on_the_problem(letter):
    problem, start = _problem(letter)
    np.testing.assert_array_equal(black_box(letter).start, start)
    box = black_box(letter)
    for rule in (sgd, momentum, rmsprop, adam):
        lr = PLANS["cosine"](0.01, 40)
        ours, true = (descend(f, start, rule, lr=lr, steps=40) for f in (box, problem))
        np.testing.assert_array_equal(ours.theta, true.theta)
        np.testing.assert_array_equal(ours.loss, true.loss)


@every_box
def test_gradients_are_right_to_five_digits(letter):
    problem, start = _problem(letter)
    theta = start + np.random.default_rng(0).normal(size=len(start))
    for f in (problem.whole, problem.f.at(3)):
        np.testing.assert_allclose(f.grad(theta), Loss(f).grad(theta), rtol=1e-5, atol=1e-7)
    for t in (0, 3):
        true, told = (f.at(t).value_and_grad(theta)[1] for f in (problem.f, problem))
        np.testing.assert_allclose(told, true, rtol=2.0 ** -BITS)
        assert (told != true).any()
        np.testing.assert_array_equal(told, [float(np.float32(x)) for x in told])
    box = black_box(letter)
    np.testing.assert_array_equal(box.grad(theta), problem.at(0).value_and_grad(theta)[1])
    assert box.grad(np.float32(theta)).dtype == np.float32
    noisy = box.at(DRAWN + 3)(theta)
    assert noisy == box.at(3)(theta)  # a box of many steps sees the first batches again


def test_what_is_hidden():
    box = black_box("A")
    found = curvature(box, box.start)[0]
    np.testing.assert_allclose(found, np.geomspace(0.005, 50, 10), rtol=1e-6)
    assert box.left == 300 - 22  # 2 for each of 10 coordinates, and 2 looks
    curved, start = _problem("A")
    values, vectors = curvature(curved)
    along = vectors.T @ (start - curved.minimum)
    np.testing.assert_allclose(along ** 2 * values / 2, 10.0)  # a tenth of 100 in each direction
    noisy, start = _problem("B")
    pulls = np.array([noisy.at(t).value_and_grad(start)[1] for t in range(300)])
    slope = noisy.whole.grad(start)
    away = np.sqrt(((pulls - slope) ** 2).sum(axis=1).mean())
    assert away > 2 * np.linalg.norm(slope)  # more noise than slope, from the first step on
    flat, start = _problem("C")
    assert flat(start) == pytest.approx(100 / 101)
    assert np.linalg.norm(flat.grad(start)) < 1e-3
    assert curvature(flat)[0] == pytest.approx(np.geomspace(0.01, 1, 6), rel=1e-3)


# the blind walks and the score


@every_box
def test_blind_walks_are_these_256(letter):
    ends = blind_walks(letter)
    assert ends.shape == (len(BLIND_RULES), len(PLANS), len(BLIND_RATES))
    assert ends.size == 256
    assert not ends.flags.writeable
    assert ends.min() >= LEAST
    assert not np.isnan(ends).any()
    for rule, plan, k in [(sgd, "constant", 5), (adam, "one cycle", 10),
                          (rmsprop, "steps down", 9), (momentum, "cosine", 7)]:
        box = black_box(letter)
        lr = PLANS[plan](BLIND_RATES[k], BUDGET)
        run = descend(box, box.start, rule, lr=lr, steps=BUDGET)
        end = ends[BLIND_RULES.index(rule), list(PLANS).index(plan), k]
        np.testing.assert_allclose(end, score(run).loss, rtol=1e-6)
        assert box.left == 0


def test_the_rates_are_the_same_floats_everywhere():
    np.testing.assert_allclose(BLIND_RATES, np.geomspace(1e-4, 10, 16), rtol=3e-3)
    assert [float(f"{rate:.3g}") for rate in BLIND_RATES] == BLIND_RATES.tolist()


def test_a_run_is_lost_where_it_ends_above_its_start_or_was_a_million_times_as_high():
    f, start = _problem("A")
    for letter in LETTERS:
        ends, first = blind_walks(letter), _problem(letter)[0].above(box_start(letter))
        assert ends[ends < np.inf].max() <= first * (1 + 1e-6)  # far from what counts as the same
        assert 0.04 < np.mean(ends == np.inf) < 0.3
    box = black_box("A")
    run = descend(box, box.start, momentum, lr=0.01, steps=50)
    assert score(run).loss < 100
    high = dataclasses.replace(run, loss=np.where(np.arange(51) == 7, 1.1 * LOST * 100, run.loss))
    assert (score(high).loss, score(high).share) == (np.inf, 0.0)
    assert score(dataclasses.replace(high, loss=high.loss / 1.2)).loss == score(run).loss
    climbs = descend(box, box.start, lr=0.041, steps=60)  # just beyond the edge
    assert 100 < climbs.loss[-1] < 1e6
    assert repr(score(climbs)).startswith("is lost, beats 0 % (best 0.00022, median ")


# the same on every machine

SHAKE = """
import functools, inspect, sys
import numpy as np
import lrteach.course.blackbox as blackbox
from lrteach import *
k = {k}
def shaken(method):
    @functools.wraps(method)
    def value_and_grad(self, *args, **kwargs):
        loss, g = method(self, *args, **kwargs)
        g = np.asarray(g)
        with np.errstate(all="ignore"):
            g = g * (1 + 4e-16 * np.nan_to_num(np.sin(k * g)))
        return loss, g[()]
    return value_and_grad
modules = [module for name, module in sys.modules.items() if name.startswith("lrteach")]
classes = {{c for module in modules for c in vars(module).values() if inspect.isclass(c)}}
for c in classes:
    if k and "value_and_grad" in vars(c):
        c.value_and_grad = shaken(vars(c)["value_and_grad"])
for letter in "ABC":
    print(blind_walks(letter).tobytes().hex())
for rule, lr in [(sgd, 0.01), (momentum, 0.1), (adam, 0.001), (rmsprop, 0.1), (rmsprop, 1.0)]:
    for letter in "ABC":
        box = black_box(letter)
        print(score(descend(box, box.start, rule, lr=lr, steps=300)))
"""


@functools.cache
def said(python, k=0.0, **environment):
    """What a fresh Python says of all blind walks, to the last bit, and of fifteen scores."""
    done = subprocess.run([python, "-c", SHAKE.format(k=k)], check=True, text=True,
                          capture_output=True, env={**os.environ, **environment})
    return done.stdout.splitlines()


def vector_units():
    """The names of what NumPy dispatches on this processor."""
    from numpy._core import _multiarray_umath as core
    return [name for name in core.__cpu_dispatch__ if core.__cpu_features__[name]]


@pytest.mark.parametrize("k", [1e6, 3e6])
def test_the_last_bit_of_a_gradient_decides_nothing(k, another_python):
    assert len(said(another_python)) == 3 + 15
    assert said(another_python, k) == said(another_python)


def test_vector_units_decide_nothing(another_python):
    off = {"NPY_DISABLE_CPU_FEATURES": " ".join(vector_units())} if vector_units() else {}
    assert said(another_python, OPENBLAS_NUM_THREADS="1", **off) == said(another_python)


def test_what_is_printed_of_the_blind_walks_is_far_from_another_digit():
    for letter in LETTERS:
        for value in (blind_walks(letter).min(), np.median(blind_walks(letter))):
            assert len({f"{value * near:.2g}" for near in (1 - 1e-4, 1, 1 + 1e-4)}) == 1


def test_a_score_is_the_true_loss_and_the_share_that_ends_higher():
    box = black_box("B")
    run = descend(box, box.start, lr=0.02, steps=200)
    found, whole = score(run), _problem("B")[0].whole
    assert found.loss == pytest.approx(whole(run.final) - whole(whole.minimum), rel=1e-5)
    assert found.loss != pytest.approx(run.loss[-1])
    assert found.share == np.mean(blind_walks("B") > found.loss)
    assert box.left == 100  # a score costs nothing
    words = rf"ends at {found.loss:.3g}, beats {100 * found.share:.0f} % \(best 0.6, median 37\)"
    assert pytest.approx(0.595, abs=1e-3) == blind_walks("B").min()
    assert repr(found) == words.replace("\\", "")


@every_box
def test_a_score_is_of_a_place_that_was_paid_for(letter):
    box = black_box(letter)
    run = descend(box, box.start, lr=0.001, steps=5)
    forged = dataclasses.replace(run, theta=run.theta * 0.875)
    made = Run(box.start[:, None] - 1.0, run.loss[:1], run.lr[:1], box)
    for other in (forged, made):
        with pytest.raises(ValueError, match=f"must end where black box {letter} has been asked"):
            score(other)
    box(forged.final)
    assert box.left == BUDGET - 6
    true = _problem(letter)[0].above(forged.final)
    assert score(forged).loss == pytest.approx(true, rel=1e-5)
    batch = descend(box, box.start, lr=[0.001, 0.002], steps=5, keep="last")
    assert score(batch[1]).loss < np.inf
    assert score(descend(box, np.float32(box.start), lr=0.001, steps=5)).loss < np.inf


def test_the_ends_of_the_scale():
    box = black_box("C")
    still = score(box.plan(0.1, 10))
    assert still.loss == pytest.approx(100 / 101)
    assert still.share < 0.1
    gone = score(descend(black_box("A"), box_start("A"), lr=10.0, steps=300))
    assert (gone.loss, gone.share) == (np.inf, 0.0)
    flat, _ = _problem("C")
    arrived = score(descend(box, flat.minimum + 1e-9, lr=0.1, steps=1))
    assert arrived.loss == LEAST
    assert 0.9 < arrived.share < 1


def test_what_is_hidden_decides_what_is_good():
    """Curvature asks for momentum, noise for a falling rate, a plateau for no scale."""
    best = {letter: {rule: dict(zip(PLANS, ends.min(axis=1), strict=True))
                     for rule, ends in zip(BLIND_RULES, blind_walks(letter), strict=True)}
            for letter in LETTERS}
    assert best["A"][momentum]["constant"] < best["A"][sgd]["constant"] / 5
    for rule in (momentum, adam):
        assert best["A"][rule]["cosine"] > 2 * best["A"][rule]["constant"]
    for rule in BLIND_RULES:
        assert best["B"][rule]["cosine"] < 0.7 * best["B"][rule]["constant"]
    assert min(best["C"][sgd].values()) > 0.9
    assert min(best["C"][adam].values()) < 1e-6


def test_a_plan_has_not_moved():
    box = black_box("A")
    plan = box.plan(PLANS["one cycle"](1.0, 100), 100)
    assert len(plan) == 101
    assert plan.lr[29] == 1.0
    assert (plan.theta == box.start[:, None]).all()
    assert (plan.loss == plan.loss[0]).all()
    assert box.plan(0.5, 10).lr.tolist() == 11 * [0.5]


def test_a_plan_takes_any_schedule_that_descend_takes():
    box = black_box("A")
    assert box.plan(lambda t: 0.1, 3).lr.tolist() == 4 * [0.1]
    assert box.plan(lambda t: 0.1 if t < 2 else 0.01, 3).lr.tolist() == [0.1, 0.1, 0.01, 0.01]


ONE_RATE = "lr at t = {} must be one rate, 0 or above, not {}"


@pytest.mark.parametrize("make, error, words", [
    (lambda: black_box("a"), ValueError, "name must be one of 'A', 'B', 'C', not 'a'"),
    (lambda: black_box("A", budget=0), ValueError,
     "budget must be a whole number of at least 1, not 0"),
    (lambda: black_box("A").grad(np.zeros(3)), ValueError,
     r"theta has shape \(3,\), but black box A needs 10 coordinates"),
    (lambda: descend(black_box("A"), np.zeros(3), lr=0.1, steps=2), ValueError,
     r"theta has shape \(3,\), but black box A needs 10 coordinates"),
    (lambda: descend(BlackBox, np.zeros(3), lr=0.1, steps=2), TypeError, "f must be a Loss"),
    (lambda: black_box("A").plan(-1, 5), ValueError, "lr must be 0 or above and finite, not -1"),
    (lambda: black_box("A").plan([0.1, 0.2], 5), ValueError,
     ONE_RATE.format(0, r"array\(\[0.1, 0.2\]\)")),
    (lambda: black_box("A").plan(lambda t: None, 5), TypeError, ONE_RATE.format(0, None)),
    (lambda: black_box("A").plan(lambda t: 0.1 - t, 5), ValueError, ONE_RATE.format(1, -0.9)),
    (lambda: black_box("A").plan(1, 0), ValueError,
     "steps must be a whole number of at least 1, not 0"),
    (lambda: blind_walks(["A"]), ValueError, r"name must be one of 'A', 'B', 'C', not \['A'\]"),
    (lambda: blind_walks("D"), ValueError, "name must be one of 'A', 'B', 'C', not 'D'"),
    (lambda: score(3), TypeError, "run must be a Run on a black box, not 3"),
    (lambda: score(descend(parabola(), 0.0, lr=0.1, steps=2)), TypeError,
     "run must be a Run on a black box, not <Run: 2 steps on <Loss: par"),
    (lambda: score(descend(black_box("A"), box_start("A"), lr=[0.1, 0.2], steps=2)), ValueError,
     r"not a batch of shape \(2,\): choose one, run\[k\]"),
])
def test_errors_say_what_is_allowed(make, error, words):
    with pytest.raises(error, match=words):
        make()


def walk(letter, rule=sgd, lr=0.01, steps=100, **hyper):
    box = black_box(letter)
    return descend(box, box.start, rule, lr=lr, steps=steps, **hyper)


@pytest.mark.parametrize("run, words", [
    (..., "✗ Not run yet"), (None, "✗ Not run yet"),
    (3, "✗ run must be a Run on a black box, not 3."),
    (walk("A", lr=[0.1, 0.01], steps=10), "✗ run must be one run, not a batch"),
    (walk("A", lr=1.0, steps=300), "✗ The run is lost, as 24 % of the blind ones are"),
    (walk("A", lr=0.041, steps=60), "✗ The run is lost, as 24 % of the blind ones are"),
    (walk("A"), "✗ Too plain. The run ends at 44"),
    (walk("A", momentum, lr=1e-4), "✗ 200 steps are left. The run ends at 67"),
    (walk("A", momentum, lr=1e-4, steps=300), "✗ The run ends at 56"),
    (walk("A", momentum, lr=0.04, steps=300), "✓ The run ends at 3.38"),
])
def test_feedback_on_a_walk(run, words):
    found = check_score(run, 80, hints=[(lambda run: not run.state, "Too plain.")])
    assert repr(found).startswith(words)
    assert bool(found) == words.startswith("✓")


def test_the_problems_are_what_they_are_said_to_be():
    assert isinstance(_problem("B")[0].f, Minibatches)
    assert isinstance(_problem("B")[0].whole, LinearRegression)
    assert not any(_problem(letter)[1].flags.writeable for letter in LETTERS)
    assert blackbox.PROBLEMS.keys() == set(LETTERS)
