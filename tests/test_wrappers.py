"""Rules made from rules, means of a path, and the clipping of gradients."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from oracle import live, torch

import lrteach as lt
from lrteach import MLP, Minibatches, adam, averaged, descend, l2, momentum, parabola, sgd, valley

every_rule = pytest.mark.parametrize("rule", lt.OPTIMIZERS.values(), ids=lt.OPTIMIZERS)
START = (-7.0, 2.0)


def small_network(steps=30):
    """Minibatches of a small network, and a start."""
    random = np.random.RandomState(0)
    f = Minibatches(MLP(random.standard_normal((40, 6)), np.arange(40) % 4, (8,), "tanh"), 10,
                    steps=steps, seed=0)
    return f, 0.5 * random.standard_normal(f.dim)


def torch_path(make, clip=None, steps=50):
    """The path in the valley of an optimizer of PyTorch, with its running mean of 0.9 and of all.

    make  from the parameters to the optimizer
    """
    module = torch.nn.Module()
    module.theta = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    decaying = torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    means = [torch.optim.swa_utils.AveragedModel(module, multi_avg_fn=decaying),
             torch.optim.swa_utils.AveragedModel(module)]
    optimizer, path = make(module.parameters()), [START]
    for _ in range(steps):
        optimizer.zero_grad()
        x, y = module.theta
        (x ** 2 / 20 + y ** 2).backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(module.parameters(), clip)
        optimizer.step()
        path.append(module.theta.tolist())
        for mean in means:
            mean.update_parameters(module)
    return np.transpose(path), [mean.module.theta.tolist() for mean in means]


# averages


@every_rule
def test_an_averaged_rule_takes_the_same_path(rule):
    run, alone = [descend(valley(), START, each, lr=0.3, steps=40)
                  for each in (averaged(rule), rule)]
    np.testing.assert_array_equal(run.theta, alone.theta)
    for name, values in alone.state.items():
        np.testing.assert_array_equal(run.state[name], values)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.98])
def test_the_running_mean_is_its_sum(beta):
    run = descend(valley(), START, averaged(momentum, beta), lr=0.3, steps=40)
    for t in (1, 2, 40):
        weights = beta ** np.arange(t)[::-1]
        mean = run.theta[:, 1:t + 1] @ weights / weights.sum()
        np.testing.assert_allclose(run.state["mean"][:, t], mean, rtol=1e-12)
    assert not run.state["mean"][:, 0].any() and run.state["count"][-1] == 40


def test_with_beta_1_it_is_the_mean_of_all():
    run = descend(valley(), START, averaged(sgd, beta=1), lr=0.3, steps=40)
    np.testing.assert_allclose(run.state["mean"][:, -1], run.average(1), rtol=1e-13)


@live
def test_means_against_torch():
    path, (decaying, plain) = torch_path(lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9))
    run = descend(valley(), START, averaged(momentum, beta=1), lr=0.3, steps=50)
    np.testing.assert_allclose(run.theta, path, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.state["mean"][:, -1], plain, rtol=1e-10)
    run = descend(valley(), START, averaged(momentum, beta=0.9), lr=0.3, steps=50)
    first = run.theta[:, 1]  # torch begins there, and keeps 0.9**49 of it too much
    ours = run.state["mean"][:, -1] * (1 - 0.9 ** 50) + (0.9 ** 49 - (1 - 0.9) * 0.9 ** 49) * first
    np.testing.assert_allclose(ours, decaying, rtol=1e-10)


def test_networks_keep_the_mean_of_their_weights():
    f, start = small_network()
    seen = {"theta": np.copy}
    run = descend(f, start, averaged(sgd, beta=0.9), lr=[0.1, 0.5], steps=30, measure=seen)
    weights = 0.9 ** np.arange(30)[::-1]
    mean = np.tensordot(weights / weights.sum(), run.measured["theta"][1:], 1)
    np.testing.assert_allclose(run.state["mean"][:, -1], mean, rtol=1e-10, atol=1e-13)
    assert run.state["mean"].shape == (f.dim, 1, 2)


def test_the_average_of_a_path():
    run = descend(valley(), START, sgd, lr=[0.1, 0.3, 0.5], steps=9)
    np.testing.assert_allclose(run.average(), run.theta[:, 4:].mean(axis=1), rtol=1e-15)
    np.testing.assert_allclose(run.average(9), run.final, rtol=1e-15)
    numbers = descend(parabola(5), -5.0, lr=[0.5, 1.5], steps=4)
    np.testing.assert_allclose(numbers.average(0), numbers.theta.mean(axis=0), rtol=1e-15)
    assert numbers[0].average().shape == ()


def test_noise_averages_out_and_the_last_step_keeps_it():
    """The third way to a lower floor, beside a smaller rate and a larger batch."""
    f = Minibatches(lt.LinearRegression(*lt.receipts()), 1, steps=3000, seed=range(20))
    run = descend(f, np.full((2, 20), 50.0), sgd, lr=0.01, steps=3000, keep="path")
    full = f.loss
    last, mean = (np.median(full(theta) - full(full.minimum)) for theta in
                  (run.final, run.average()))
    assert mean < last / 10


# L2


@live
@pytest.mark.parametrize("ours, theirs, numbers", [
    (sgd, "SGD", {}), (momentum, "SGD", {"momentum": 0.9}), (adam, "Adam", {}),
    (lt.rmsprop, "RMSprop", {}), (lt.adagrad, "Adagrad", {}),
])
def test_l2_against_torch(ours, theirs, numbers):
    path, _ = torch_path(lambda p: getattr(torch.optim, theirs)(p, lr=0.3, weight_decay=0.1,
                                                                **numbers))
    run = descend(valley(), START, l2(ours), lr=0.3, steps=50, weight_decay=0.1)
    np.testing.assert_allclose(run.theta, path, rtol=0, atol=1e-11)


def test_l2_is_the_gradient_of_a_penalty():
    def penalised(theta):
        return valley()(theta) + 0.2 / 2 * np.sum(theta ** 2, axis=0)
    alone = descend(lt.Loss(penalised, lambda theta: valley().grad(theta) + 0.2 * theta), START,
                    momentum, lr=0.3, steps=40)
    run = descend(valley(), START, l2(momentum), lr=0.3, steps=40, weight_decay=[0.2, 0.5])
    np.testing.assert_allclose(run[0].theta, alone.theta, rtol=1e-12)
    assert run.hyper["weight_decay"].tolist() == [0.2, 0.5]


# what both make of a rule


def test_the_new_rule_reads_as_one():
    assert str(inspect.signature(averaged(adam))) == (
        "(theta, g, lr, m=0.0, s=0.0, t=0, mean=0.0, count=0, *, "
        "beta1=0.9, beta2=0.999, eps=1e-08)")
    assert str(inspect.signature(l2(sgd))) == "(theta, g, lr, *, weight_decay=0.01)"
    assert averaged(l2(adam)).__name__ == "averaged(l2(adam))"


def own(theta, g, lr, v=0.0, /, *, beta):
    """A rule with a memory by place, and nothing chosen by itself."""
    v = beta * v + g
    return theta - lr * v, v


def changing(theta, g, lr):
    """A rule that writes on what it is given."""
    g *= lr
    theta -= g
    return theta


def test_own_rules_may_be_wrapped():
    run = descend(valley(), START, averaged(own), lr=0.3, steps=20, beta=0.5)
    alone = descend(valley(), START, momentum, lr=0.3, steps=20, beta=0.5)
    np.testing.assert_array_equal(run.theta, alone.theta)
    for wrap in (averaged, l2):
        start = np.array(START)
        run = descend(valley(), start, wrap(changing), lr=0.3, steps=20)
        assert start.tolist() == list(START) and not run.diverged


@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_batches_and_cuts_change_nothing(clip_norm):
    both, (f, start) = averaged(l2(adam), 0.9), small_network()
    for loss, theta in ((valley(), START), (f, start)):
        def run(lr, steps, resume=None, loss=loss, theta=theta):
            begin = None if resume is not None else theta
            return descend(loss, begin, both, lr=lr, steps=steps, resume=resume,
                           clip_norm=clip_norm if resume is None else None)
        many = run([0.1, 0.3], 30)
        for k, lr in enumerate([0.1, 0.3]):
            np.testing.assert_allclose(many[k].final, run(lr, 30).final, rtol=1e-9, atol=1e-12)
        whole, cut = run(0.3, 30), run(0.3, 20, run(0.3, 10))
        np.testing.assert_array_equal(cut.final, whole.final)
        np.testing.assert_array_equal(cut.state["mean"][..., -1], whole.state["mean"][..., -1])


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy,
                                    lambda rule: pickle.loads(pickle.dumps(rule))])
@pytest.mark.parametrize("rule", [averaged(sgd), averaged(adam, beta=1), l2(momentum),
                                  averaged(l2(adam), 0.5)], ids=lambda rule: rule.__name__)
def test_a_rule_made_of_a_rule_can_be_copied_and_pickled(rule, copied):
    again = copied(rule)
    assert repr(again) == repr(rule) == f"<rule {rule.__name__}>"
    assert inspect.signature(again) == inspect.signature(rule)
    one, two = (descend(valley(), START, each, lr=0.1, steps=9) for each in (rule, again))
    np.testing.assert_array_equal(one.theta, two.theta)
    assert one.state.keys() == two.state.keys()


# clipping


@live
@pytest.mark.parametrize("clip_norm", [0.3, 1.0])
def test_clipping_against_torch(clip_norm):
    path, _ = torch_path(lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9), clip_norm)
    run = descend(valley(), START, momentum, lr=0.3, steps=50, clip_norm=clip_norm)
    np.testing.assert_allclose(run.theta, path, rtol=0, atol=1e-12)


def test_no_step_is_longer_than_lr_times_the_norm():
    run = descend(valley(), np.array([START, (3.0, 1.0)]).T, sgd, lr=0.5, steps=20, clip_norm=0.3)
    lengths = np.sqrt(np.sum(np.diff(run.theta, axis=1) ** 2, axis=0))
    assert lengths.max() <= 0.5 * 0.3 and lengths[0] == pytest.approx(0.15, rel=1e-5)
    numbers = descend(parabola(0), [-5.0, 0.1], sgd, lr=0.5, steps=3, clip_norm=[1.0, 1.0])
    np.testing.assert_allclose(numbers.theta[1], [-4.5, 0.05], rtol=1e-6)


def test_each_run_has_a_norm_of_its_own():
    run = descend(valley(), START, adam, lr=0.3, steps=20, clip_norm=[0.1, 1.0, 1e6])
    for k, clip_norm in enumerate([0.1, 1.0, 1e6]):
        alone = descend(valley(), START, adam, lr=0.3, steps=20, clip_norm=clip_norm)
        np.testing.assert_allclose(run[k].theta, alone.theta, rtol=1e-12)
    free = descend(valley(), START, adam, lr=0.3, steps=20)
    np.testing.assert_array_equal(run[2].theta, free.theta)


def test_iterate_and_the_range_test_clip_too():
    states = lt.iterate(valley(), START, sgd, lr=0.3, clip_norm=0.5)
    run = descend(valley(), START, sgd, lr=0.3, steps=2, clip_norm=0.5)
    for t, (theta, *_) in zip(range(3), states, strict=False):
        np.testing.assert_array_equal(theta, run.theta[:, t])
    free, clipped = [lt.lr_range_test(valley(), START, min_lr=0.01, max_lr=100, clip_norm=norm)
                     for norm in (None, 0.01)]
    assert len(free.lr) < len(clipped.lr) == 100


def clips_itself(theta, g, lr, *, clip_norm=1.0):
    return theta - lr * np.clip(g, -clip_norm, clip_norm)


def test_a_rule_that_clips_by_itself_is_left_to_do_so():
    run = descend(valley(), START, clips_itself, lr=0.5, steps=1, clip_norm=0.1)
    np.testing.assert_allclose(run.final, [-6.95, 1.95], rtol=1e-12)


@pytest.mark.parametrize(
    "call, kind, words",
    [
        (lambda: averaged(sgd, beta=1.2), ValueError,
         "beta must be one number from 0 to 1, not 1.2"),
        (lambda: averaged(0.1), TypeError,
         "optimizer must be a rule such as sgd or adam, not 0.1"),
        (lambda: l2("adam"), TypeError,
         "optimizer must be a rule such as sgd or adam, not 'adam'"),
        (lambda: l2(lt.adamw), ValueError,
         r"l2\(adamw\) takes weight_decay, but adamw has a weight_decay of its own"),
        (lambda: averaged(averaged(sgd)), ValueError, "has a (mean|count) of its own"),
        (lambda: descend(valley(), START, averaged(lambda theta, g, lr: None), lr=1, steps=1),
         TypeError, "the theta that <lambda> returns"),
        (lambda: descend(valley(), START, l2(sgd), lr=1, steps=1, decay=1), TypeError,
         r"l2\(sgd\) has no hyperparameter 'decay'.*it takes: weight_decay"),
        (lambda: descend(valley(), START, lr=1, steps=1, clip_norm=-1), ValueError,
         "clip_norm must be .*not -1"),
        (lambda: descend(valley(), START, lr=1, steps=1, clip_norm="1"), (TypeError, ValueError),
         "clip_norm must be"),
        (lambda: descend(valley(), START, lr=1, steps=1, clip_nrm=1), TypeError,
         "did you mean 'clip_norm'"),
        (lambda: descend(valley(), START, lr=[1, 2], steps=1, clip_norm=[1, 2, 3]), ValueError,
         "the batches do not fit together: .*clip_norm has"),
        (lambda: descend(valley(), START, lr=1, steps=4).average(5), ValueError,
         "start must be at most 4, the last step, not 5"),
        (lambda: descend(valley(), START, lr=1, steps=4, keep="last").average(), ValueError,
         "has kept its last theta alone"),
    ],
)
def test_bad_arguments(call, kind, words):
    with pytest.raises(kind, match=words) as refused:
        call()
    assert len(str(refused.value)) < 300
