"""What notebook 09 answers to predictions and exercises, and the numbers that its text states."""

import warnings

import numpy as np
import pytest
import tables
from oracle import live, torch

from lrteach import (
    Minibatches,
    adam,
    constant,
    cosine,
    descend,
    hold_then,
    join,
    linear,
    warmup,
)
from lrteach.course.nb09 import ENTIRE, three

LOST = "a little higher: ten steps are mostly lost"
FIRST_JUMPS = "first jumps up, and ends level with a cosine made for 1000"
NO_NETWORK = "about 10 %: a mean of networks is no network"

PREDICTIONS = [
    ("divided", "11", "✓ You said 11. Right: 45 // 4 is 11."),
    ("divided", "11.25", "✓ You said 11.25."),
    ("divided", "1", "That is after the first four mini-batches."),
    ("divided", "0", "So it was meant, for four whole epochs."),
    ("divided", "2", "That was meant for the whole training"),
    ("divided", "45", "but only each fourth one divides"),
    ("divided", "30", "You said 30. It is 11"),
    ("gentle", "more than a thousand times lower", "✓ You said"),
    ("gentle", "about the same", "You said “about the same”. It is"),
    ("gentle", LOST, "They are, and it does not matter."),
    ("who_needs", "Adam alone", "✓ You said “Adam alone”. Right: its first steps"),
    ("who_needs", "all of them", "it begins small by itself"),
    ("who_needs", "those that remember: momentum and Adam", "it does not divide by them"),
    ("widens", "little at the best rate, a lot above it", "✓ You said"),
    ("widens", "it ends higher at small rates", "there is nothing to prevent"),
    ("widens", "it ends higher at all rates", "You said “it ends higher at all rates”. It is"),
    ("peak", "0.914", "✓ You said 0.914. Right: at t = 19"),
    ("peak", "0.91", "✓ You said 0.91"),
    ("peak", "1", "if the cosine waited for the warm-up"),
    ("peak", "0.95", "Near. Calculate the cosine at t = 19."),
    ("peak", "0.5", "The cosine is there only at t = 50"),
    ("trunk", "lower", "✓ You said “lower”. Right: it spends four fifths"),
    ("trunk", "about the same", "You said “about the same”. It is “lower”"),
    ("trunk", "higher: the cosine was made for this length", "So was the branch's end"),
    ("longer", FIRST_JUMPS, "✓ You said"),
    ("longer", "falls from the first update on", "0.6 brings the noise back first"),
    ("longer", "stands still", "At rate 0 it would."),
    ("averaged", "a higher accuracy, and scatters less", "✓ You said"),
    ("averaged", "a lower accuracy: old weights are worse", "the last weights costs more"),
    ("averaged", NO_NETWORK, "These are places of one training."),
    ("forgotten", "more than 10", "✓ You said “more than 10”. Right: a new Adam's"),
    ("forgotten", "about 0.006", "What is Adam's first step?"),
    ("forgotten", "about 0.6", "You said “about 0.6”. It is “more than 10”"),
]

UPDATES = [
    ("updates", ..., "✗ Not answered yet"),
    ("updates", 300, "✓ Right: 300. 30 small batches an epoch"),
    ("updates", 20 * int(np.ceil(1438 / 48)) // 2, "✓ Right"),
    ("updates", 600, "Two of them make an update."),
    ("updates", 1200, "not the other way round"),
    ("updates", 15, "That is one epoch. There are 20."),
    ("updates", 30, "small batches in one epoch"),
    ("updates", 290, "You left the last, short batch out. The loader keeps it"),
    ("updates", 280, "You left the last, short batch out. The loader keeps it"),
    ("updates", 580, "short batch out, and two small batches"),
    ("updates", 20 * 1438 / 48 / 2, "Batches are whole: round up, as len(loader) does."),
    ("updates", 20 * 1438 / 48, "And batches are whole: round up."),
    ("updates", 20, "That is the number of epochs."),
    ("updates", 400, "✗ 400 is too large."),
]


def solution(t):
    """The solution of exercise 2, as the notebook has it."""
    up = min(1, (t + 1) / 20)
    down = min(1, (100 - t) / 20)
    return 0.6 * up * down


def up(t):
    return min(1, (t + 1) / 20)


THREES = [
    ("my_three", solution, "✓ Right at all of the steps from 0 to 100."),
    ("my_three", warmup(hold_then(linear(0.6, 20), 60), 20), "✓ Right"),
    ("my_three", join([warmup(0.6, 20), linear(0.6, 20)], at=[80]), "✓ Right"),
    ("my_three", ..., "✗ Not written yet"),
    ("my_three", constant(0.6), "✗ This only holds."),
    ("my_three", lambda t: 0.6 * up(t), "✗ This never comes down."),
    ("my_three", lambda t: 0.6 * min(1, (100 - t) / 20), "✗ This begins at 0.6."),
    ("my_three", lambda t: 0.6 * min(1, t / 20, (100 - t) / 20), "Count its stride: (t + 1) / 20."),
    ("my_three", lambda t: 0.6 * up(t) * (1 - t / 100), "on the clock of the whole training"),
    ("my_three", lambda t: 0.6 * up(t) * min(1, (100 - t) / 80), "from t = 20 on"),
    ("my_three", lambda t: 0.6 * (up(t) if t < 80 else 1 - t / 100), "✗ This jumps at t = 80"),
    ("my_three", lambda t: 0.6 * up(t) if t < 80 else 0, "✗ This drops to 0 at once."),
    ("my_three", lambda t: 0.6 * (up(t) if t < 80 else (t - 80) / 20), "yours drops and climbs"),
    ("my_three", warmup(hold_then(cosine(0.6, 20), 60), 20), "but your end is a cosine"),
    ("my_three", lambda t: solution(t) / 0.6, "The shape is right. Multiply by 0.6."),
]

RESTS = [
    ("my_rest", lambda t: ENTIRE(t + 300), "✓ Right at all of the steps from 0 to 150."),
    ("my_rest", lambda t: cosine(0.6, 400)(t + 250), "✓ Right"),
    ("my_rest", ..., "✗ Not written yet"),
    ("my_rest", ENTIRE, "This begins from the start, with a second warm-up."),
    ("my_rest", lambda t: ENTIRE(max(t - 300, 0)), "Yours waits 300 updates."),
    ("my_rest", lambda t: ENTIRE(t + 301), "Yours skips an update"),
    ("my_rest", lambda t: ENTIRE(t + 299), "Yours does one update twice"),
    ("my_rest", lambda t: ENTIRE(300), "This stays where it stopped."),
    ("my_rest", cosine(0.6, 150), "A new cosine begins at 0.6."),
    ("my_rest", lambda t: cosine(0.6, 400)(t + 300), "which began at update 50"),
]

test_answers, test_all_is_tested, test_notebook = tables.tests_of(
    "nb09", PREDICTIONS, UPDATES + THREES + RESTS
)


def test_the_exercise_is_warm_up_hold_and_cool_down():
    t = np.arange(101)
    np.testing.assert_allclose([three(k) for k in t], warmup(hold_then(linear(0.6, 20), 60), 20)(t))


# the numbers of the text, from the notebook's own cells

@pytest.fixture
def notebook():
    return tables.names_of("nb09")


def losses(run):
    return np.log(run.measured["train"][-1])


@pytest.mark.kernel
def test_the_valley_as_the_text_has_it(notebook):
    alone, warmed = notebook["valley_runs"].values()
    assert 1e6 < alone.loss[200] / warmed.loss[200] < 5e6  # two million
    assert 1e5 > warmed.loss[50] / warmed.loss[200] > 1e3
    np.testing.assert_allclose(alone.theta[:, 1] - alone.theta[:, 0], -2.5, rtol=1e-6)
    assert notebook["wall"] @ alone.theta[:, 1] == pytest.approx(-1.7, abs=0.05)
    slopes = alone.f.grad(alone.theta[:, :2])[1]
    assert slopes[0] == pytest.approx(0.84) and slopes[1] == pytest.approx(-81, abs=0.5)
    roots = [np.sqrt(run.state["s"][1, 200] / (1 - 0.999**200)) for run in (alone, warmed)]
    assert roots[0] == pytest.approx(13, abs=0.2) and 4.9 < roots[0] / roots[1] < 5.3


@pytest.mark.kernel
def test_adam_without_its_warm_up_is_a_hundred_times_higher_at_all_rates(notebook):
    for top in [1.5, 2.5, 4, 6, 10]:
        ends = [notebook["warmed"](climb, top, 1000).loss[-1] for climb in (0, 10)]
        assert ends[0] > 100 * ends[1]
    short, long = (notebook["warmed"](0, 2.5, memory).loss[-1] for memory in (20, 1000))
    assert long > 1000 * short
    few = [notebook["warmed"](climb, 2.5, 1000).loss[-1] for climb in (0, 1, 2, 4)]
    np.testing.assert_allclose(few, [4, 4, 1, 0.03], rtol=0.5)
    many = [notebook["warmed"](climb, 2.5, 1000).loss[-1] for climb in range(12, 101)]
    assert max(many) < 3e-4
    assert max(notebook["warmed"](climb, 10, 1000).loss[-1] for climb in range(6, 41)) < 1e-3


@pytest.mark.kernel
def test_the_product_of_two_schedules_misses_its_peak(notebook):
    t = np.arange(100)
    assert notebook["multiplied"](t).max() == pytest.approx(0.914, abs=5e-4)
    fifty = cosine(1.0, 100)(t) * np.minimum(1, (t + 1) / 50)
    assert fifty.max() == pytest.approx(0.54, abs=0.005)
    assert notebook["own_clocks"](t).max() == 1


@pytest.mark.kernel
def test_a_lost_memory_throws_the_valley_s_run_up_the_wall(notebook):
    kept, lost = notebook["from_here"].values()
    assert kept.loss[100] == lost.loss[100] == pytest.approx(0.006, abs=5e-4)
    assert lost.loss[101] > 10 and lost.loss[200] > 1000 * kept.loss[200]


@pytest.mark.kernel
def test_means_of_the_receipts(notebook):
    f = notebook["shop"]

    def late(run):
        return np.median(np.median(f(run.theta[:, -200:]) - f(f.minimum), axis=1))
    wanders, mean = map(late, notebook["point_and_mean"](0.01).values())
    assert wanders == pytest.approx(40, abs=3) and mean == pytest.approx(0.4, abs=0.05)
    run = notebook["point_and_mean"](0.002)["the run"]
    means = notebook["later_half"](run)
    np.testing.assert_allclose(means[:, 7], run.theta[:, 3:8].mean(axis=1))
    np.testing.assert_allclose(means[:, 1000], run.average())
    slow = notebook["point_and_mean"](0.002).values()
    early = [np.median(f(run.theta[:, 600]) - f(f.minimum)) for run in slow]
    assert early[1] > 3 * early[0]


@pytest.mark.kernel
def test_clocks(notebook):
    run = notebook["train"](notebook["clocks"], steps=450)
    right, slow, epochs, fast, before = notebook["accuracy"](run)
    assert right.mean() == pytest.approx(97.0, abs=0.3)
    apart, error = tables.difference(slow, right)
    assert apart == pytest.approx(-2.5, abs=0.4) and error < 0.5
    assert abs(tables.difference(before, right)[0]) < 0.2 and epochs.mean() > 96.2
    assert fast.mean() == pytest.approx(38, abs=3)
    assert notebook["per_update"](449 // 45) < 0.14 and notebook["per_epoch"](24) <= 6.1e-7


@pytest.mark.kernel
def test_two_more_clocks(notebook):
    run = notebook["train"](notebook["accumulated"], 112, notebook["four_of_32"])
    right, early, often, added = notebook["accuracy"](run)
    apart, error = tables.difference(early, right)
    assert abs(apart) < 2.5 * error and early.std() > 1.5 * right.std()
    assert often.mean() == pytest.approx(84, abs=2) and added.mean() < 60
    assert run.lr[111, 1, 0] == pytest.approx(0.56, abs=0.005)
    run = notebook["train"](notebook["short"], 120, notebook["of_256"])
    right, ended, climbs = notebook["accuracy"](run)
    assert tables.difference(ended, right)[0] == pytest.approx(-0.8, abs=0.25)
    assert tables.difference(climbs, right)[0] == pytest.approx(-0.6, abs=0.25)


@pytest.mark.kernel
def test_a_warm_up_widens_the_range_of_good_rates(notebook):
    ends = 100 * notebook["wide"].measured["test"][-1]  # warm-ups, rates, seeds
    mean = ends.mean(axis=2)
    assert np.ptp(mean[:, 2:4], axis=0).max() < 0.8
    assert mean[0, 4] == pytest.approx(88, abs=5) and mean[2, 4] == pytest.approx(96.5, abs=0.5)
    assert mean[0, 5] == pytest.approx(35, abs=12) and mean[2, 5] == pytest.approx(90, abs=4)
    assert mean[1, 5] == pytest.approx(92, abs=4) and mean[6, 5] == pytest.approx(81, abs=6)
    assert mean[:, 6].max() < 60
    long = warmup(cosine(0.32, 250), 150)  # a hundred updates more for the way down
    run = descend(Minibatches(notebook["net"], 32, 400, range(9)), notebook["starts"][:, :9],
                  adam, lr=long, steps=400, keep="last")
    assert 100 * notebook["measure"]["test"](run.final).mean() == pytest.approx(80, abs=7)


@pytest.mark.kernel
def test_one_trunk_and_three_ends(notebook):
    assert 800 + 50 + 100 + 200 == 1150 and sum(notebook["lengths"]) == 1750
    for n, gain in [(250, 0.34), (500, 0.34), (1000, 0.31)]:
        cooled, anew = notebook["cooled"][n], notebook["anew"][n]
        assert cooled.steps == anew.steps == n
        assert 0.45 < np.exp(tables.difference(losses(cooled), losses(anew))[0]) < 0.72
        apart = tables.difference(notebook["accuracy"](cooled), notebook["accuracy"](anew))[0]
        assert apart == pytest.approx(gain, abs=0.2)


@pytest.mark.kernel
def test_a_fair_cosine_is_level_with_holding(notebook):
    run, accuracy = notebook["fair_runs"], notebook["accuracy"](notebook["fair_runs"])
    sums = run.lr[:-1].sum(axis=0, dtype=float).reshape(6, -1)[:, 0]
    assert sums[0] == pytest.approx(540, abs=1) and sums[1] == pytest.approx(300, abs=1)
    assert sums[4] == pytest.approx(540, abs=2)
    apart, error = tables.difference(accuracy[0], accuracy[4])
    assert abs(apart) < 3 * error and abs(apart) < 0.2
    assert abs(tables.difference(accuracy[2], accuracy[1])[0]) < 0.2
    apart, error = tables.difference(accuracy[5], accuracy[0])
    assert apart == pytest.approx(-0.3, abs=0.2) and apart < -2 * error
    above = [tables.difference(losses(run)[k], losses(run)[0])[0] for k in (1, 4)]
    np.testing.assert_allclose(np.exp(above), [2.06, 1.12], rtol=0.06)
    jumps = []
    for name in ("constant 0.6", "warm-up + cosine, 1.08"):
        looks = notebook["go"](1000, notebook["fair"][name], theta=notebook["starts"])
        jumps.append(100 * looks.measured["test"][-5:].std(axis=0, ddof=1).mean())
    np.testing.assert_allclose(jumps, [0.4, 0.04], rtol=0.4)
    # what a warm-up brings to SGD at 1.08
    apart, error = tables.difference(accuracy[4], accuracy[3])
    assert apart == pytest.approx(0.7, abs=0.4) and apart > 2 * error


@pytest.mark.kernel
def test_training_longer(notebook):
    accuracy, longer = notebook["accuracy"], notebook["longer"]
    made, done = accuracy(longer["made for 1000"]), notebook["done"]
    apart, error = tables.difference(accuracy(longer["as PyTorch's cosine"]), accuracy(done))
    assert apart == pytest.approx(-0.8, abs=0.4) and apart < -2 * error
    assert tables.difference(losses(longer["as PyTorch's cosine"]), losses(done))[0] < 0
    assert abs(tables.difference(accuracy(longer["a new cosine"]), made)[0]) < 0.25
    course = np.median(longer["a new cosine"].measured["train"], axis=1)
    assert course[20] == pytest.approx(0.09, abs=0.01)
    assert course[21:24].max() == pytest.approx(0.14, abs=0.025)


@pytest.mark.kernel
def test_means_of_the_weights(notebook):
    last, *means, cooled = notebook["averages"].values()
    assert last[0].mean() == pytest.approx(95.6, abs=0.4)
    for mean in means:
        assert 0.3 < tables.difference(mean[0], last[0])[0] < 1
        assert np.std(mean[0]) < 0.65 * np.std(last[0])
        assert tables.difference(mean[1], last[1])[0] == pytest.approx(0.2, abs=0.15)
        assert -0.5 < tables.difference(mean[0], cooled[0])[0] < 0.05
        assert abs(tables.difference(mean[1], cooled[1])[0]) < 0.2


@pytest.mark.kernel
def test_stopped_and_gone_on(notebook):
    kept, memory, step = notebook["went_on"].values()
    before, jump = (np.median(run.measured["train"], axis=1)[30:33] for run in (kept, memory))
    assert 1.5 < jump.max() / before.max() < 2.6
    course = np.median(step.measured["train"], axis=1)
    assert course[31:34].max() < course[30]
    assert 1.5 < np.exp(tables.difference(losses(step), losses(kept))[0]) < 2.2
    accuracy = notebook["accuracy"]
    assert tables.difference(accuracy(step), accuracy(kept))[0] == pytest.approx(-1.5, abs=0.5)
    apart, error = tables.difference(accuracy(memory), accuracy(kept))
    assert abs(apart) < 3 * error


@pytest.mark.kernel
def test_what_you_should_find(notebook):
    share = {p: hold_then(linear(0.6, 10 * p), 1000 - 10 * p) for p in [2, 5, 10, 20, 50]}
    run = notebook["train"]({**share, 0: constant(0.6)}, 1000)
    assert np.exp(losses(run)[3].mean()) == pytest.approx(0.023, abs=0.001)
    beside = [np.exp(tables.difference(one, losses(run)[3])[0]) - 1 for one in losses(run)]
    np.testing.assert_allclose(beside, [-0.04, -0.07, -0.06, 0, 0.26, 0.14], atol=0.06)
    accuracy = notebook["accuracy"](run)
    assert tables.difference(accuracy[4], accuracy[3])[0] == pytest.approx(-0.2, abs=0.15)
    assert tables.difference(accuracy[5], accuracy[3])[0] == pytest.approx(-0.3, abs=0.2)
    for k in (1, 2):
        apart, error = tables.difference(accuracy[k], accuracy[3])
        assert abs(apart) < 2 * error


# what it says about PyTorch


def rates_of(*makes, steps=100):
    """The rates that updates 0, 1, ... use, with these schedulers, all stepped."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedulers, rates = [make(optimizer) for make in makes], []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return np.array(rates)


def climb(optimizer):
    return torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / 20, total_iters=19)


def fall(optimizer, steps=100):
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)


@live
def test_schedulers_that_are_both_stepped_share_a_clock():
    t = np.arange(100)
    product = cosine(1.0, 100)(t) * np.minimum(1, (t + 1) / 20)
    np.testing.assert_allclose(rates_of(climb, fall), product, atol=1e-12)

    def chained(optimizer):
        return torch.optim.lr_scheduler.ChainedScheduler([climb(optimizer), fall(optimizer)])
    np.testing.assert_allclose(rates_of(chained), product, atol=1e-12)


@live
def test_sequential_lr_gives_each_its_own_clock():
    def in_turn(optimizer):
        both = [climb(optimizer), fall(optimizer, 80)]
        return torch.optim.lr_scheduler.SequentialLR(optimizer, both, milestones=[20])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rates = rates_of(in_turn)
    np.testing.assert_allclose(rates, warmup(cosine(1.0, 80), 20)(np.arange(100)), atol=1e-12)


@live
def test_torch_warns_of_the_wrong_order():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = climb(optimizer)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()
        optimizer.step()


@pytest.mark.kernel
def test_a_late_cool_down_beats_the_opponents_of_a_drive(notebook):
    assert notebook["hand"].schedule(150) == 0.1, "before anybody has driven"
    late = warmup(hold_then(linear(0.8, 100), 170), 30)
    no_hold = warmup(linear(0.8, 270), 30)
    opponents = {**notebook["opponents"], "late": late, "no hold": no_hold}
    accuracies = notebook["accuracy"](notebook["train"](opponents, 300))
    ends = dict(zip(opponents, accuracies, strict=True))
    assert ends["late"].mean() == pytest.approx(97.4, abs=0.3)
    means = {"constant 0.6": 96.4, "cosine from 0.6": 96.6, "one cycle up to 1": 96.7}
    for name, mean in means.items():
        assert ends[name].mean() == pytest.approx(mean, abs=0.4), name
    apart, error = tables.difference(ends["late"], ends["cosine from 0.6"])
    assert apart > 4 * error and 0.05 < error < 0.2
    apart, error = tables.difference(ends["no hold"], ends["cosine from 0.6"])
    assert 0 < apart < 0.5
    low, high = (join([constant(1.5), hold_then(linear(then, 125), 125)], at=[50])
                 for then in (0.1, 0.8))
    lost, saved = notebook["accuracy"](notebook["train"]({"low": low, "high": high}, 300))
    assert lost.max() < 90 and 5 <= (saved > 90).sum() <= 13 and (saved > 95).sum() <= 5
