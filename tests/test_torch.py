"""Every rule and every schedule against torch: live where it is installed, else what it gave.

`python tests/test_torch.py` records tests/golden/torch.json again. Without torch the live tests are
skipped, but with the environment variable CI=true, where it must be installed, they fail.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from oracle import live, torch

import lrteach as lt

GOLDEN = Path(__file__).parent / "golden" / "torch.json"
STEPS, KEEP = 200, 25  # of the 200 steps every 25th is recorded

# rule, hyper, torch class, kwargs; an L2 penalty is a part of the gradient: g + l2 * theta
RULES = {
    "sgd": (lt.sgd, {}, "SGD", {}),
    "sgd, L2": (lt.sgd, {"l2": 0.1}, "SGD", {"weight_decay": 0.1}),
    "momentum 0": (lt.momentum, {"beta": 0.0}, "SGD", {"momentum": 0.0}),
    "momentum 0.5": (lt.momentum, {"beta": 0.5}, "SGD", {"momentum": 0.5}),
    "momentum": (lt.momentum, {}, "SGD", {"momentum": 0.9}),
    "momentum 0.99, L2": (
        lt.momentum,
        {"beta": 0.99, "l2": 0.002},
        "SGD",
        {"momentum": 0.99, "weight_decay": 0.002},
    ),
    "nesterov": (lt.nesterov, {}, "SGD", {"momentum": 0.9, "nesterov": True}),
    "nesterov 0.3": (lt.nesterov, {"beta": 0.3}, "SGD", {"momentum": 0.3, "nesterov": True}),
    "nesterov, L2": (
        lt.nesterov,
        {"l2": 0.05},
        "SGD",
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.05},
    ),
    "adagrad": (lt.adagrad, {}, "Adagrad", {}),
    "adagrad, eps": (lt.adagrad, {"eps": 0.01}, "Adagrad", {"eps": 0.01}),
    "adagrad, L2": (lt.adagrad, {"l2": 0.1}, "Adagrad", {"weight_decay": 0.1}),
    "rmsprop": (lt.rmsprop, {}, "RMSprop", {}),
    "rmsprop 0.5": (lt.rmsprop, {"beta": 0.5}, "RMSprop", {"alpha": 0.5}),
    "rmsprop, eps, L2": (
        lt.rmsprop,
        {"beta": 0.9, "eps": 0.01, "l2": 0.1},
        "RMSprop",
        {"alpha": 0.9, "eps": 0.01, "weight_decay": 0.1},
    ),
    "adam": (lt.adam, {}, "Adam", {}),
    "adam, betas": (lt.adam, {"beta1": 0.5, "beta2": 0.9}, "Adam", {"betas": (0.5, 0.9)}),
    "adam, beta1 0": (lt.adam, {"beta1": 0.0, "beta2": 0.99}, "Adam", {"betas": (0.0, 0.99)}),
    "adam, eps": (lt.adam, {"eps": 0.1}, "Adam", {"eps": 0.1}),
    "adam, small eps": (lt.adam, {"eps": 1e-15}, "Adam", {"eps": 1e-15}),
    "adam, L2": (lt.adam, {"l2": 0.1}, "Adam", {"weight_decay": 0.1}),
    "adamw": (lt.adamw, {}, "AdamW", {}),
    "adamw, decay 0": (lt.adamw, {"weight_decay": 0.0}, "AdamW", {"weight_decay": 0.0}),
    "adamw, all": (
        lt.adamw,
        {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.3},
        "AdamW",
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3},
    ),
}

# our schedule, torch class, kwargs, the rate that torch starts from; compared over its steps
SCHEDULES = {
    "step": (lt.step_decay(0.3, 30), "StepLR", {"step_size": 30}, 0.3, 200),
    "step 7": (lt.step_decay(2.0, 7, 0.8), "StepLR", {"step_size": 7, "gamma": 0.8}, 2.0, 200),
    "exponential": (lt.exponential_decay(0.3, 0.95), "ExponentialLR", {"gamma": 0.95}, 0.3, 200),
    "exponential, rising": (
        lt.exponential_decay(0.3, 1.01),
        "ExponentialLR",
        {"gamma": 1.01},
        0.3,
        200,
    ),
    "cosine": (lt.cosine(0.3, 200), "CosineAnnealingLR", {"T_max": 200}, 0.3, 201),
    "cosine, floor": (
        lt.cosine(0.3, 70, 0.01),
        "CosineAnnealingLR",
        {"T_max": 70, "eta_min": 0.01},
        0.3,
        71,
    ),
    "linear": (
        lt.linear(0.3, 60),
        "LinearLR",
        {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 60},
        0.3,
        80,
    ),
    "polynomial": (
        lt.polynomial(0.3, 60, 2.0),
        "PolynomialLR",
        {"total_iters": 60, "power": 2.0},
        0.3,
        80,
    ),
    "polynomial, root": (
        lt.polynomial(0.3, 60, 0.5),
        "PolynomialLR",
        {"total_iters": 60, "power": 0.5},
        0.3,
        80,
    ),
    "inverse_sqrt": (
        lt.inverse_sqrt(0.3, 20),
        "LambdaLR",
        {"lr_lambda": lambda t: 20**0.5 * min((t + 1) ** -0.5, (t + 1) * 20**-1.5)},
        0.3,
        200,
    ),
    "hold_then": (
        lt.hold_then(lt.linear(0.3, 30), 20),
        "SequentialLR",
        {
            "schedulers": [
                ("ConstantLR", {"factor": 1.0}),
                ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30}),
            ],
            "milestones": [20],
        },
        0.3,
        60,
    ),
    "join": (
        lt.join([lt.warmup(0.3, 10), 0.3, lt.cosine(0.3, 50)], at=[10, 40]),
        "SequentialLR",
        {
            "schedulers": [
                ("LinearLR", {"start_factor": 1 / 10, "total_iters": 9}),
                ("ConstantLR", {"factor": 1.0}),
                ("CosineAnnealingLR", {"T_max": 50}),
            ],
            "milestones": [10, 40],
        },
        0.3,
        90,
    ),
    "warmup, then cosine": (
        lt.warmup(lt.cosine(0.3, 50), 10),
        "SequentialLR",
        {
            "schedulers": [
                ("LinearLR", {"start_factor": 1 / 10, "total_iters": 9}),
                ("CosineAnnealingLR", {"T_max": 50}),
            ],
            "milestones": [10],
        },
        0.3,
        60,
    ),
    "restarts": (lt.warm_restarts(0.3, 10), "CosineAnnealingWarmRestarts", {"T_0": 10}, 0.3, 200),
    "restarts x2": (
        lt.warm_restarts(0.3, 10, 2),
        "CosineAnnealingWarmRestarts",
        {"T_0": 10, "T_mult": 2},
        0.3,
        200,
    ),
    "restarts x3": (
        lt.warm_restarts(0.3, 7, 3, 0.02),
        "CosineAnnealingWarmRestarts",
        {"T_0": 7, "T_mult": 3, "eta_min": 0.02},
        0.3,
        300,
    ),
    "triangular": (
        lt.triangular(0.1, 0.6, 20),
        "CyclicLR",
        {"mode": "triangular", "step_size_up": 20},
        0.1,
        200,
    ),
    "triangular 7": (
        lt.triangular(0.1, 0.6, 7),
        "CyclicLR",
        {"mode": "triangular", "step_size_up": 7},
        0.1,
        200,
    ),
    "triangular2": (
        lt.triangular2(0.1, 0.6, 20),
        "CyclicLR",
        {"mode": "triangular2", "step_size_up": 20},
        0.1,
        200,
    ),
    "triangular2 7": (
        lt.triangular2(0.1, 0.6, 7),
        "CyclicLR",
        {"mode": "triangular2", "step_size_up": 7},
        0.1,
        200,
    ),
    "exp_range": (
        lt.exp_range(0.1, 0.6, 20, 0.99),
        "CyclicLR",
        {"mode": "exp_range", "step_size_up": 20, "gamma": 0.99},
        0.1,
        200,
    ),
    "exp_range 7": (
        lt.exp_range(0.1, 0.6, 7, 0.97),
        "CyclicLR",
        {"mode": "exp_range", "step_size_up": 7, "gamma": 0.97},
        0.1,
        200,
    ),
    "warmup": (
        lt.warmup(0.3, 25),
        "LinearLR",
        {"start_factor": 1 / 25, "total_iters": 24},
        0.3,
        60,
    ),
    "warmup 2": (
        lt.warmup(lt.constant(0.3), 2),
        "LinearLR",
        {"start_factor": 1 / 2, "total_iters": 1},
        0.3,
        10,
    ),
    "one_cycle": (
        lt.one_cycle(1.0, 100),
        "OneCycleLR",
        {"max_lr": 1.0, "total_steps": 100},
        1.0,
        100,
    ),
    "one_cycle, all": (
        lt.one_cycle(0.4, 65, 0.2, 10, 50),
        "OneCycleLR",
        {
            "max_lr": 0.4,
            "total_steps": 65,
            "pct_start": 0.2,
            "div_factor": 10,
            "final_div_factor": 50,
        },
        0.4,
        65,
    ),
}


def problem():
    """A start, gradients of many sizes, a rate for each step; RandomState never changes."""
    random = np.random.RandomState(0)
    sizes = np.array([1e-6, 1e-3, 0.1, 1, 30])
    return (
        np.array([5.0, -4.0, 3.0, -6.0, 90.0]),
        random.standard_normal((STEPS, 5)) * sizes,
        0.02 * random.uniform(0.1, 1, STEPS),
    )


def our_path(rule, hyper):
    theta, gradients, rates = problem()
    hyper = dict(hyper)
    l2, state, path = hyper.pop("l2", 0.0), [], [theta]
    for g, lr in zip(gradients, rates, strict=True):
        new = rule(theta, g + l2 * theta, lr, *state, **hyper)
        theta, *state = new if isinstance(new, tuple) else (new,)
        path.append(theta)
    return np.array(path)


def torch_path(name, kwargs):
    theta, gradients, rates = problem()
    p = torch.nn.Parameter(torch.tensor(theta))
    optimizer, path = getattr(torch.optim, name)([p], lr=1.0, **kwargs), [theta]
    for g, lr in zip(gradients, rates, strict=True):
        optimizer.param_groups[0]["lr"] = lr
        p.grad = torch.tensor(g)
        optimizer.step()
        path.append(p.detach().numpy().copy())
    return np.array(path)


def torch_rates(name, kwargs, lr, steps):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    if name == "CyclicLR":
        kwargs = {"base_lr": 0.1, "max_lr": 0.6, **kwargs}
    if name in ("CyclicLR", "OneCycleLR"):
        kwargs = {"cycle_momentum": False, **kwargs}
    if name == "SequentialLR":
        parts = [getattr(torch.optim.lr_scheduler, part)(optimizer, **numbers)
                 for part, numbers in kwargs["schedulers"]]
        kwargs = {**kwargs, "schedulers": parts}
    schedule, rates = getattr(torch.optim.lr_scheduler, name)(optimizer, **kwargs), []
    for t in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if t < steps - 1:
            schedule.step()
    return np.array(rates)


def assert_same_path(ours, theirs, rtol):
    """Equal within a share of how far each number comes, not of one on its way through zero."""
    size = np.abs(theirs).max(axis=0)
    assert (np.abs(ours - theirs) <= rtol * size).all(), (np.abs(ours - theirs) / size).max()


def recorded(kind, name):
    return np.array(json.loads(GOLDEN.read_text(encoding="utf-8"))[kind][name])


@live
@pytest.mark.parametrize("name", RULES)
def test_rule_live(name):
    rule, hyper, *reference = RULES[name]
    assert_same_path(our_path(rule, hyper), torch_path(*reference), rtol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_rule_recorded(name):
    rule, hyper, *_ = RULES[name]
    assert_same_path(our_path(rule, hyper)[::KEEP], recorded("rules", name), rtol=1e-12)


@live
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_live(name):
    lr, *reference, steps = SCHEDULES[name]
    np.testing.assert_allclose(
        lr(np.arange(steps)), torch_rates(*reference, steps), rtol=1e-10, atol=1e-16
    )


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_recorded(name):
    lr, *_, steps = SCHEDULES[name]
    np.testing.assert_allclose(
        lr(np.arange(steps)), recorded("schedules", name), rtol=1e-10, atol=1e-16
    )


@live
def test_exp_range_with_the_numbers_of_the_paper_live():
    for t, figure in zip(
        [2000, 4000, 40_000, 42_000],
        ["5.4346e-03", "1.0000e-03", "1.0000e-03", "1.4023e-03"],
        strict=True,
    ):
        optimizer = torch.optim.SGD(
            [{"params": [torch.nn.Parameter(torch.zeros(1))], "initial_lr": 0.001}], lr=0.001
        )
        torch.optim.lr_scheduler.CyclicLR(
            optimizer,
            0.001,
            0.006,
            mode="exp_range",
            step_size_up=2000,
            gamma=0.99994,
            cycle_momentum=False,
            last_epoch=t - 1,
        )  # its first step is to t
        rate = optimizer.param_groups[0]["lr"]
        assert f"{rate:.4e}" == figure and lt.exp_range(0.001, 0.006, 2000, 0.99994)(
            t
        ) == pytest.approx(rate, rel=1e-10)


@live
def test_linear_regression_against_autograd():
    X, y = lt.receipts()
    ours = lt.descend(
        lt.LinearRegression(X, y), np.zeros(2), lt.adam, lr=lt.one_cycle(30, 200), steps=200
    )
    p = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    optimizer = torch.optim.Adam([p], lr=1.0)
    for t in range(200):
        np.testing.assert_allclose(ours.theta[:, t], p.detach().numpy(), rtol=1e-10)
        optimizer.param_groups[0]["lr"] = float(ours.lr[t])
        loss = ((torch.tensor(X).double() @ p - torch.tensor(y).double()) ** 2).mean()
        np.testing.assert_allclose(ours.loss[t], loss.item(), rtol=1e-10)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


NETWORK_RATES = np.array([1e-4, 1e-3, 0.01, 0.03, 0.1])
NETWORK_RULES = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]


def network_run(name, activation="sigmoid"):
    """50 steps of a small network, five rates at once: (the Minibatches, the start, the Run)."""
    random = np.random.RandomState(0)
    f = lt.Minibatches(
        lt.MLP(random.standard_normal((40, 6)), np.arange(40) % 4, (8, 5), activation),
        10,
        steps=50,
        seed=0,
    )
    start = 0.5 * random.standard_normal(f.dim)
    return (
        f,
        start,
        lt.descend(
            f, start, lt.OPTIMIZERS[name], lr=NETWORK_RATES, steps=50, measure={"theta": np.copy}
        ),
    )


def torch_network(f, start, name, lr, activation, schedule=None):
    """(loss, theta) at each of the 51 steps of the same network, all of it by torch.

    schedule  from the optimizer to torch's scheduler
    """
    activate = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[
        activation
    ]
    layers = []
    for W, b in f.loss.unpack(start):
        layer = torch.nn.Linear(*W.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(W.T), torch.tensor(b)
        layers += [layer, activate()]
    model = torch.nn.Sequential(*layers[:-1])
    _, _, kind, kwargs = RULES[name]
    optimizer, losses, path = (
        getattr(torch.optim, kind)(model.parameters(), lr=lr, **kwargs),
        [],
        [],
    )
    scheduler = schedule and schedule(optimizer)
    for t in range(51):
        loss = torch.nn.functional.cross_entropy(
            model(torch.tensor(f.loss.X[f.rows[t]])), torch.tensor(f.loss.y[f.rows[t]])
        )
        losses.append(loss.item())
        path.append(np.concatenate([p.detach().numpy().T.ravel() for p in model.parameters()]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return np.array(losses), np.array(path)


@live
@pytest.mark.parametrize(
    "name, activation",
    [*((name, "sigmoid") for name in NETWORK_RULES), ("adam", "tanh"), ("momentum", "relu")],
)
def test_network_against_autograd(name, activation):
    f, start, run = network_run(name, activation)
    for k, lr in enumerate(NETWORK_RATES):
        losses, path = torch_network(f, start, name, float(lr), activation)
        np.testing.assert_allclose(run.loss[:, k], losses, rtol=1e-9)
        assert_same_path(run.measured["theta"][..., k], path, rtol=1e-9)


@live
@pytest.mark.parametrize("name, beta", [("momentum", "beta"), ("adam", "beta1")])
def test_one_cycle_with_its_momentum_against_autograd(name, beta):
    f, start, _ = network_run(name)
    rates, betas = lt.one_cycle(0.1, 60), lt.one_cycle_beta(60)
    seen = {"theta": np.copy}
    run = lt.descend(
        f, start, lt.OPTIMIZERS[name], lr=rates, steps=50, measure=seen, **{beta: betas}
    )

    def one_cycle(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=60)
    losses, path = torch_network(f, start, name, 0.1, "sigmoid", one_cycle)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-9)
    assert_same_path(run.measured["theta"], path, rtol=1e-9)


@live
@pytest.mark.parametrize("numbers", [{}, {"warmup_fraction": 0.4, "min_beta": 0.5}])
def test_the_beta_of_one_cycle_live(numbers):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    pct, low = numbers.get("warmup_fraction", 0.3), numbers.get("min_beta", 0.85)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, total_steps=65, pct_start=pct, base_momentum=low)
    betas = []
    for _ in range(64):
        betas.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        schedule.step()
    ours = lt.one_cycle_beta(65, **numbers)(np.arange(64))
    np.testing.assert_allclose(ours, betas, rtol=1e-10)


@live
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("rule", ["sgd", "adam"])
def test_normalised_network_against_autograd(rule, activation):
    random = np.random.RandomState(1)
    X, y = random.standard_normal((40, 6)), np.arange(40) % 4
    f = lt.Minibatches(lt.MLP(X, y, (8, 5), activation, batch_norm=True), 10, steps=30, seed=0)
    start = 0.5 * random.standard_normal(f.dim)
    run = lt.descend(f, start, lt.OPTIMIZERS[rule], lr=0.03, steps=30, keep="path")
    activate = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    modules = []
    for layer in f.loss.unpack(start):
        linear = torch.nn.Linear(*layer.W.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(layer.W.T), torch.tensor(layer.b)
        modules.append(linear)
        if len(layer) == 4:
            norm = torch.nn.BatchNorm1d(len(layer.gamma), eps=1e-5, dtype=torch.float64)
            norm.weight.data, norm.bias.data = torch.tensor(layer.gamma), torch.tensor(layer.beta)
            modules += [norm, activate[activation]()]
    model = torch.nn.Sequential(*modules)
    _, _, kind, kwargs = RULES[rule]
    optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.03, **kwargs)
    size = np.abs(run.theta).max()
    for t in range(31):
        flat = np.concatenate([p.detach().numpy().T.ravel() for p in model.parameters()])
        np.testing.assert_allclose(run.theta[:, t], flat, rtol=0, atol=1e-9 * size)
        rows = f.rows[t]
        loss = torch.nn.functional.cross_entropy(
            model(torch.tensor(X[rows])), torch.tensor(y[rows])
        )
        assert run.loss[t] == pytest.approx(loss.item(), rel=1e-9)
        optimizer.zero_grad()
        loss.backward()
        g = np.concatenate([p.grad.numpy().T.ravel() for p in model.parameters()])
        np.testing.assert_allclose(f.at(t).grad(run.theta[:, t]), g, rtol=0, atol=1e-10)
        optimizer.step()

    other = torch.tensor(random.standard_normal((50, 6)))
    for norm in (module for module in model if isinstance(module, torch.nn.BatchNorm1d)):
        norm.momentum, norm.running_mean, norm.running_var = 1.0, None, None
    with torch.no_grad():  # by the statistics of the training rows
        h, x = torch.tensor(X), other
        for module in model:
            if isinstance(module, torch.nn.BatchNorm1d):
                x = torch.nn.functional.batch_norm(
                    x,
                    h.mean(dim=0),
                    h.var(dim=0, correction=0),
                    module.weight,
                    module.bias,
                    eps=1e-5,
                )
            else:
                x = module(x)
            h = module(h)
    flat = np.concatenate([p.detach().numpy().T.ravel() for p in model.parameters()])
    np.testing.assert_array_equal(f.loss.predict(flat, other.numpy()), x.argmax(dim=1))


@live
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("numbers", [
    {}, {"patience": 0}, {"factor": 0.5, "patience": 3}, {"threshold": 0.05, "patience": 2},
    {"factor": 0.3, "patience": 1, "min_lr": 0.002},
])
def test_a_plateau_is_pytorch_s(numbers, seed):
    random = np.random.default_rng(seed)
    losses = np.exp(-np.arange(80) / 15) + random.normal(0, 0.05, 80)
    losses[random.integers(80)] = np.nan
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, eps=0, **numbers)
    for t, loss in enumerate(losses, 1):
        scheduler.step(loss)
        ours = lt.reduce_on_plateau(0.1, losses[:t], **numbers)
        assert ours == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10)


@live
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_the_squares_against_autograd(activation):
    random = np.random.RandomState(2)
    X, y = random.standard_normal((40, 6)), np.arange(40) % 4
    f = lt.MLP(X, y, (8, 5), activation, loss="squares")
    theta = 0.5 * random.standard_normal(f.dim)
    leaf = torch.tensor(theta, requires_grad=True)
    h, start = torch.tensor(X), 0
    for k, (n, m) in enumerate([(6, 8), (8, 5), (5, 4)]):
        W, b = leaf[start : start + n * m].reshape(n, m), leaf[start + n * m : start + n * m + m]
        start += n * m + m
        h = getattr(torch, activation)(h) @ W + b if k else h @ W + b
    wanted = torch.nn.functional.one_hot(torch.tensor(y), 4).double()
    loss = torch.nn.functional.mse_loss(h, wanted, reduction="sum") / (2 * 40)
    loss.backward()
    ours, g = f.value_and_grad(theta)
    assert ours == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(g, leaf.grad.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NETWORK_RULES)
def test_network_recorded(name):
    np.testing.assert_allclose(
        network_run(name)[2].loss[::KEEP], recorded("network", name), rtol=1e-9
    )


@live
def test_what_a_notebook_quotes_of_adam_is_what_torch_says():
    cells = json.loads(
        (Path(__file__).parents[1] / "notebooks" / "05_adapt_the_step.ipynb").read_text(
            encoding="utf-8"
        )
    )["cells"]
    source = next(
        "".join(cell["source"]) for cell in cells if "torch_says = " in "".join(cell["source"])
    )
    quoted = next(
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if getattr(node.targets[0], "id", "") == "torch_says"
    )
    theta = torch.tensor([-7.0, 2.0], dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([theta], lr=0.5)
    for t in range(1, max(quoted) + 1):
        adam.zero_grad()
        (theta[0] ** 2 / 20 + theta[1] ** 2).backward()
        adam.step()
        assert t not in quoted or theta.tolist() == pytest.approx(quoted[t], rel=0, abs=5.1e-10)
    assert list(quoted) == [1, 3, 30]


def test_the_recording_has_every_case():
    record = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert record["rules"].keys() == RULES.keys() and record["schedules"].keys() == SCHEDULES.keys()
    assert {rule for rule, *_ in RULES.values()} == set(lt.OPTIMIZERS.values()) - {
        lt.momentum_inside
    }  # torch has no such form
    assert list(record["network"]) == NETWORK_RULES
    assert all(len(record["rules"][name]) == STEPS // KEEP + 1 for name in RULES)


def record():
    rules = {name: torch_path(*case)[::KEEP].tolist() for name, (_, _, *case) in RULES.items()}
    schedules = {
        name: [float(f"{lr:.13g}") for lr in torch_rates(*case)]
        for name, (_, *case) in SCHEDULES.items()
    }
    network = {}
    for name in NETWORK_RULES:
        f, start, _ = network_run(name)
        losses = [torch_network(f, start, name, float(lr), "sigmoid")[0] for lr in NETWORK_RATES]
        network[name] = np.stack(losses, axis=-1)[::KEEP].tolist()
    lines = [
        f' "{kind}": {{\n'
        + ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in cases.items()
        )
        + "\n }"
        for kind, cases in {"rules": rules, "schedules": schedules, "network": network}.items()
    ]
    GOLDEN.write_text(
        f'{{\n "torch": "{torch.__version__}",\n' + ",\n".join(lines) + "\n}\n",
        encoding="utf-8",
        newline="\n",
    )


if __name__ == "__main__":
    record()
