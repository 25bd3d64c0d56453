"""`find_lr` and `schedule_for`: a range test and schedules for a model of PyTorch.

Where torch is not installed these tests are skipped; with the environment variable CI=true they
fail instead.
"""

import copy
import inspect
import pickle
import random
import subprocess
from collections import namedtuple

import numpy as np
import pytest
from oracle import live, torch

from lrteach import (
    MLP,
    Minibatches,
    Scene,
    adam,
    constant,
    cosine,
    digits,
    lr_range_test,
    momentum,
    one_cycle,
    range_curve,
    rmsprop,
    sgd,
    triangular2,
    warmup,
)
from lrteach.pytorch import find_lr, schedule_for

X, Y, X_TEST, Y_TEST = digits()
QUICK = {"steps": 60, "max_lr": 0.1}  # where what is found does not matter


def cross_entropy(z, y):
    return torch.nn.functional.cross_entropy(z, y)


def network(dtype=np.float64, steps=100):
    """Minibatches of a small network, its start, the same network in torch, the same batches."""
    f = Minibatches(MLP(X, Y, (16,), "tanh"), 32, steps, seed=1)
    start = f.loss.init(seed=2).astype(dtype)
    real = torch.float64 if dtype == np.float64 else torch.float32
    layers = []
    for W, b in f.loss.unpack(start):
        layers += [torch.nn.Linear(*W.shape, dtype=real), torch.nn.Tanh()]
        with torch.no_grad():
            layers[-2].weight.copy_(torch.tensor(W.T.copy()))
            layers[-2].bias.copy_(torch.tensor(b.copy()))
    batches = [(torch.tensor(X[rows].astype(dtype)), torch.tensor(Y[rows])) for rows in f.rows]
    return f, start, torch.nn.Sequential(*layers[:-1]), batches


def small(batches=45, batch_size=16, **kwargs):
    """A small model in PyTorch's single precision, its optimizer, and a list of batches."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 8), torch.nn.ReLU(), torch.nn.Linear(8, 10))
    x, y = torch.tensor(X, dtype=torch.float32), torch.tensor(Y)
    rows = torch.randint(len(x), (batches, batch_size))
    return model, torch.optim.SGD(model.parameters(), **{"lr": 0.03, **kwargs}), [
        (x[some], y[some]) for some in rows]


CASES = {
    "SGD": (sgd, {}, "SGD", {}),
    "momentum": (momentum, {}, "SGD", {"momentum": 0.9}),
    "RMSprop": (rmsprop, {}, "RMSprop", {}),
    "Adam": (adam, {}, "Adam", {}),
}


# the same as lr_range_test


@live
@pytest.mark.parametrize("max_lr", [0.1, 1e4])
@pytest.mark.parametrize("case", CASES)
def test_it_is_lr_range_test(case, max_lr):
    rule, hyper, name, kwargs = CASES[case]
    f, start, model, batches = network()
    same = {"min_lr": 1e-5, "max_lr": max_lr, "steps": 100, "smoothing": 0.9}
    ours = lr_range_test(f, start, rule, **same, **hyper)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.1, **kwargs)
    test = find_lr(model, optimizer, cross_entropy, batches, **same)
    assert test.stop_reason == ours.stop_reason == ("completed" if max_lr == 0.1 else "diverged")
    assert len(test) == len(ours) and (len(ours) < 100) == (max_lr > 1)
    np.testing.assert_allclose(test.lr, ours.lr, rtol=1e-6)
    np.testing.assert_allclose(test.loss, ours.loss, rtol=1e-6)
    np.testing.assert_allclose(test.smooth, ours.smooth, rtol=1e-6)
    read, right = test.suggestions(), ours.suggestions()
    assert read.reasons == right.reasons and read.keys() == right.keys()
    assert max_lr == 0.1 or all(right.values())
    for a, b in zip([*read.values(), *test.bounds()], [*right.values(), *ours.bounds()],
                    strict=True):
        assert a == (None if b is None else pytest.approx(b, rel=1e-6))


@live
def test_single_precision():
    f, start, model, batches = network(np.float32)
    same = {"min_lr": 1e-5, "max_lr": 0.1, "steps": 100}  # beyond it, rounding errors grow
    ours = lr_range_test(f, start, sgd, **same)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    test = find_lr(model, optimizer, cross_entropy, batches, **same)
    np.testing.assert_allclose(test.loss, ours.loss, rtol=1e-4)


@live
@pytest.mark.parametrize("losses, ended, reason", [
    ([1.0, float("nan"), 1.0], 2, "not finite"), ([float("nan"), 1.0], 1, "not finite"),
    ([float("inf"), 1.0], 1, "not finite"), ([1.0, 0.9, 5.0, 5.0, 5.0, 1.0], 4, "diverged"),
    ([1.0, 0.9, 50.0, 0.9, 0.9, 1.0], 6, "completed"), ([-1.0, -2.0, 9.0, 9.0, 1.0], 4, "diverged"),
    ([1.0, 0.5, 0.2, 0.1, 0.1], 5, "completed")])
def test_where_it_ends(losses, ended, reason):
    model, optimizer, batches = small()
    given = iter(losses)
    test = find_lr(model, optimizer, lambda z, y: 0 * z.sum() + next(given), batches,
                   steps=len(losses), smoothing=0.5)
    assert len(test) == ended and test.stop_reason == reason
    assert len(list(given)) == len(losses) - ended
    np.testing.assert_allclose(test.loss, losses[:ended], rtol=1e-6)
    assert "No suggestion" in repr(test.suggestions()) and not test.bounds()
    assert reason in repr(test)


@live
def test_the_result_is_drawn():
    model, optimizer, batches = small()
    test = find_lr(model, optimizer, cross_entropy, batches)
    assert any(test.suggestions().values())
    scene = Scene(range_curve(x=(1e-5, 10), y=(0, 4)))
    scene.show(test)
    data, _ = scene._repr_mimebundle_()
    assert f"steepest {test.suggestions()['steepest']:.2g}" in data["text/plain"]


# its defaults


class Images(torch.nn.Module if torch else object):
    """A small convolutional network, with no normalisation, for digits of 8 by 8."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x):
        return self.layers(x)


def loader(seed, batch_size=32):
    data = torch.utils.data.TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(Y))
    return torch.utils.data.DataLoader(data, batch_size, shuffle=True,
                                       generator=torch.Generator().manual_seed(seed))


@live
@pytest.mark.parametrize("kwargs", [{}, {"momentum": 0.9}], ids=["SGD", "momentum"])
def test_at_its_defaults_it_names_rates_at_which_a_cnn_learns(kwargs):
    for seed in range(2 if kwargs else 4):
        torch.manual_seed(seed)
        model = Images()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, **kwargs)
        found = find_lr(model, optimizer, cross_entropy, loader(seed)).suggestions()
        assert found["steepest"] and found["valley"], found
    for group in optimizer.param_groups:
        group["lr"] = np.sqrt(found["steepest"] * found["valley"])
    for _ in range(5):
        for x, y in loader(seed):
            optimizer.zero_grad()
            cross_entropy(model(x), y).backward()
            optimizer.step()
    right = model(torch.tensor(X_TEST, dtype=torch.float32)).argmax(1).numpy() == Y_TEST
    assert right.mean() > 0.9, (found, right.mean())


# any batches


@live
def test_the_generator_of_a_sampler_of_batches_is_as_it_was():
    data, random = loader(0).dataset, torch.Generator().manual_seed(3)
    sampler = torch.utils.data.RandomSampler(data, generator=random)
    batches = torch.utils.data.DataLoader(
        data, batch_sampler=torch.utils.data.BatchSampler(sampler, 32, drop_last=True))
    model, optimizer, _ = small()
    before = random.get_state()
    find_lr(model, optimizer, cross_entropy, batches, steps=5)
    assert torch.equal(random.get_state(), before)


def generator(batches):
    return (batch for batch in batches)


Pair = namedtuple("Pair", "x y")
KINDS = {
    "list": lambda batches: batches,
    "tuple": tuple,
    "generator": lambda batches: generator(batches * 2),
    "iterator": lambda batches: iter(batches * 2),
    "pairs in lists": lambda batches: [list(batch) for batch in batches],
    "named pairs": lambda batches: [Pair(*batch) for batch in batches],
}


@live
@pytest.mark.parametrize("kind", KINDS)
def test_any_iterable_of_batches(kind):
    model, optimizer, batches = small()
    right = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
    test = find_lr(model, optimizer, cross_entropy, KINDS[kind](batches), **QUICK)
    np.testing.assert_array_equal(test.loss, right.loss)


@live
def test_a_short_loader_begins_anew():
    model, optimizer, batches = small(7)
    test = find_lr(model, optimizer, cross_entropy, batches, max_lr=1e-4, steps=20)
    assert len(test) == 20 and test.loss[0] == pytest.approx(test.loss[7], rel=1e-2)


@live
def test_a_generator_without_end_is_left_after_the_last_step():
    model, optimizer, batches = small()
    taken = []

    def forever():
        while True:
            taken.append(1)
            yield batches[len(taken) % 45]
    find_lr(model, optimizer, cross_entropy, forever(), max_lr=1e-3, steps=30)
    assert len(taken) == 30


@live
@pytest.mark.parametrize("once", [generator, iter, lambda batches: map(tuple, batches),
                                  lambda batches: filter(len, batches)])
def test_what_is_read_only_once_and_too_short_ends_at_once_with_a_sentence(once):
    model, optimizer, batches = small(45)
    before, asked = state_of(model, optimizer), []
    model.register_forward_pre_hook(lambda *_: asked.append(1))
    with pytest.raises(ValueError, match="batches ended after 45 of 100 steps, and cannot be read "
                                         "again: give a list or a DataLoader, or ask for steps=45"):
        find_lr(model, optimizer, cross_entropy, once(batches), steps=100)
    assert len(asked) <= 45
    same(before, state_of(model, optimizer))


@live
@pytest.mark.parametrize("nothing", [[], (), iter([]), {}, range(0)])
def test_no_batch_at_all(nothing):
    model, optimizer, _ = small()
    with pytest.raises(ValueError, match="batches is empty: it gave no batch at all"):
        find_lr(model, optimizer, cross_entropy, nothing)


@live
@pytest.mark.parametrize("wrong", [None, 3, torch and torch.zeros(4, 64),
                                   torch and (torch.zeros(4, 64), torch.zeros(4).long())])
def test_what_is_no_iterable_of_batches(wrong):
    model, optimizer, _ = small()
    with pytest.raises(TypeError, match="batches must"):
        find_lr(model, optimizer, cross_entropy, wrong)


@live
def test_any_other_batch_is_handed_over_whole():
    model, optimizer, batches = small()
    right = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
    dicts = [{"x": x, "y": y} for x, y in batches]
    triples = [(x, y, "weights") for x, y in batches]
    for others, loss_fn in [
            (dicts, lambda model, batch: cross_entropy(model(batch["x"]), batch["y"])),
            (triples, lambda model, batch: cross_entropy(model(batch[0]), batch[1]))]:
        test = find_lr(model, optimizer, loss_fn, others, **QUICK)
        np.testing.assert_array_equal(test.loss, right.loss)


class Far:
    """What a tensor on another device looks like: it can be moved, and must be."""

    def __init__(self, value):
        self.value = value

    def to(self, device):
        return self.value.to(device)


@live
@pytest.mark.parametrize("wrap", [
    lambda x, y: (Far(x), Far(y)), lambda x, y: Pair(Far(x), Far(y)), lambda x, y: [Far(x), Far(y)],
    lambda x, y: {"x": Far(x), "more": [Far(y), 7, "a name"]}])
def test_batches_are_moved_to_the_model(wrap):
    model, optimizer, batches = small()

    def of_dict(model, batch):
        y, number, name = batch["more"]
        assert (number, name) == (7, "a name")
        return cross_entropy(model(batch["x"]), y)
    far = [wrap(x, y) for x, y in batches]
    loss_fn = of_dict if isinstance(far[0], dict) else cross_entropy
    right = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
    test = find_lr(model, optimizer, loss_fn, far, **QUICK)
    np.testing.assert_array_equal(test.loss, right.loss)


@live
def test_a_model_on_another_device():
    model, _, batches = small()
    model.to("meta")
    seen = []

    def loss_fn(model, batch):
        seen.append(batch["x"].device.type)
        raise RuntimeError("enough")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises((RuntimeError, NotImplementedError)):
        find_lr(model, optimizer, loss_fn, [{"x": x} for x, _ in batches])
    assert seen in (["meta"], [])


# groups, clipping, modes, precision


@live
@pytest.mark.parametrize("rates, ratios", [
    ([0.1, 0.01, 0.05], [1, 0.1, 0.5]), ([0.001, 0.1, 0.0], [0.01, 1, 0]),
    ([0.0, 0.0, 0.0], [1, 1, 1])])
def test_groups_keep_the_ratios_of_their_rates(rates, ratios):
    model = torch.nn.Sequential(*(torch.nn.Linear(64, 64) for _ in rates))
    groups = [{"params": layer.parameters(), "lr": lr}
              for layer, lr in zip(model, rates, strict=True)]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    seen = []

    def loss_fn(z, y):
        seen.append([group["lr"] for group in optimizer.param_groups])
        return cross_entropy(z, y)
    test = find_lr(model, optimizer, loss_fn, small()[2], max_lr=1e-2, steps=50)
    np.testing.assert_allclose(seen, np.outer(test.lr, ratios), rtol=1e-12)
    assert [group["lr"] for group in optimizer.param_groups] == rates


@live
def test_ratios_are_those_that_a_scheduler_was_given():
    model, _, batches = small()
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2].parameters()}]
    optimizer = torch.optim.SGD(groups, lr=0.4)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: t / 10)  # warm-up: begins at 0
    seen = []

    def loss_fn(z, y):
        seen.append([group["lr"] for group in optimizer.param_groups])
        return cross_entropy(z, y)
    find_lr(model, optimizer, loss_fn, batches, max_lr=1.0, min_lr=0.01, steps=3)
    np.testing.assert_allclose(seen, [[0.0025, 0.01], [0.025, 0.1], [0.25, 1.0]])
    assert [group["lr"] for group in optimizer.param_groups] == [0, 0]
    assert [group["initial_lr"] for group in optimizer.param_groups] == [0.1, 0.4]


@live
def test_rates_that_are_tensors():
    model, _, batches = small()
    lr = torch.tensor(0.003)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, capturable=False, foreach=False)
    usual = torch.optim.Adam(model.parameters(), foreach=False)
    right = find_lr(model, usual, cross_entropy, batches, **QUICK)
    test = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
    np.testing.assert_array_equal(test.loss, right.loss)
    assert optimizer.param_groups[0]["lr"] is lr and float(lr) == pytest.approx(0.003)


@live
def test_clipping_is_that_of_the_learners_loop():
    model, optimizer, batches = small()
    largest = []
    step = optimizer.step

    def watched():
        squares = sum(float((p.grad ** 2).sum()) for p in model.parameters())
        largest.append(np.sqrt(squares))
        step()
    optimizer.step = watched
    find_lr(model, optimizer, cross_entropy, batches, steps=20, max_lr=0.1)
    assert max(largest) > 0.2
    largest.clear()
    find_lr(model, optimizer, cross_entropy, batches, steps=20, max_lr=0.1, clip_norm=0.1)
    assert len(largest) == 20 and 0.099 < max(largest) <= 0.1000001


@live
@pytest.mark.parametrize("training", [True, False])
def test_the_mode_stays_and_a_forward_that_changes_it_is_put_back(training):
    model, optimizer, batches = small()
    model.insert(1, torch.nn.Dropout(0.5))
    model.train(training)
    model[0].train(not training)
    seen = []

    def loss_fn(model, batch):
        seen.append([m.training for m in model.modules()])
        model[2].train(False)
        return cross_entropy(model(batch[0]), batch[1])
    before = [m.training for m in model.modules()]
    find_lr(model, optimizer, loss_fn, [(x, y, 0) for x, y in batches], steps=10)
    assert seen[0] == before == [m.training for m in model.modules()]
    assert before[:3] == [training, not training, training]


@live
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_precisions(dtype):
    model, _, batches = small()
    dtype = getattr(torch, dtype)
    model.to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    before = state_of(model, optimizer)
    batches = [(x.to(dtype), y) for x, y in batches]
    test = find_lr(model, optimizer, cross_entropy, batches, steps=60, max_lr=1.0)
    assert test.loss.dtype == np.float64 and len(test) == 60 and min(test.loss) < 0.8 * test.loss[0]
    same(before, state_of(model, optimizer))


@live
def test_it_trains_inside_no_grad_and_under_autocast():
    model, optimizer, batches = small()
    right = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
    with torch.no_grad():
        test = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
        assert not torch.is_grad_enabled()
    np.testing.assert_array_equal(test.loss, right.loss)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        test = find_lr(model, optimizer, cross_entropy, batches, **QUICK)
    assert len(test) == 60 and (test.loss != right.loss).any()
    np.testing.assert_allclose(test.loss[:40], right.loss[:40], rtol=0.02)


# everything as it was


def state_of(model, optimizer, *more):
    """Copies of all that must not change, by name."""
    found = {"python": random.getstate(), "torch": torch.get_rng_state()}
    found |= {f"numpy {i}": part for i, part in enumerate(np.random.get_state())}
    for module in [model, *more]:
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            found[name] = tensor.detach().clone()
            found[f"{name}.grad"] = None if tensor.grad is None else tensor.grad.clone()
            found[f"{name}.requires_grad"] = tensor.requires_grad
    found["optimizer"] = copy.deepcopy(optimizer.state_dict())
    return found


def same(before, now):
    assert before.keys() == now.keys()
    for name, value in before.items():
        equal(name, value, now[name])


def equal(name, a, b):
    if isinstance(a, dict):
        assert a.keys() == b.keys(), name
        for key in a:
            equal(f"{name} {key}", a[key], b[key])
    elif torch.is_tensor(a):
        assert a.dtype == b.dtype and torch.equal(a, b), name
    elif isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, err_msg=name)
    else:
        assert a == b, name


class Restless(torch.nn.Module if torch else object):
    """A model that uses every random generator, and buffers of three kinds."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(),
            torch.nn.Dropout(0.3), torch.nn.Linear(16, 10))
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("hidden", torch.zeros(3), persistent=False)
        self.register_buffer("wide", torch.zeros(1).expand(4))  # four numbers in one place

    def forward(self, x):
        self.calls = self.calls + 1  # another tensor
        self.hidden += 1  # in place
        noise = random.random() + np.random.random()
        return self.layers(x + 0.01 * noise)


OPTIMIZERS = ["SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adadelta", "Adagrad", "RMSprop",
              "Rprop", "ASGD", "Adafactor"]


@live
@pytest.mark.parametrize("ends", ["well", "error", "interrupt", "nan", "batches end"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_everything_is_as_it_was(name, ends):
    torch.manual_seed(0)
    model = Restless()
    kwargs = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.003, **kwargs)
    batches = small()[2]
    for x, y in batches[:3]:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()
    before, gradients = state_of(model, optimizer), [p.grad for p in model.parameters()]
    tensors, memory = list(model.state_dict(keep_vars=True).values()), optimizer.state
    calls = []

    def loss_fn(z, y):
        calls.append(1)
        if len(calls) == 12 and ends in ("error", "interrupt"):
            raise {"error": RuntimeError, "interrupt": KeyboardInterrupt}[ends]("stop")
        return cross_entropy(z, y) * (float("nan") if ends == "nan" and len(calls) == 12 else 1)
    given = iter(batches[:12]) if ends == "batches end" else batches
    try:
        test = find_lr(model, optimizer, loss_fn, given, steps=20)
        assert ends in ("well", "nan") and len(test) == len(calls)
    except (RuntimeError, KeyboardInterrupt, ValueError) as error:
        assert ends in ("error", "interrupt", "batches end"), error
    assert len(calls) == 12 or ends == "well"
    same(before, state_of(model, optimizer))
    now = [*(p.grad for p in model.parameters()), *model.state_dict(keep_vars=True).values()]
    assert all(a is b for a, b in zip([*gradients, *tensors], now, strict=True))
    assert optimizer.state is memory


@live
def test_a_training_goes_on_as_if_there_had_been_no_test():
    ends = []
    for tested in (False, True):
        torch.manual_seed(0)
        model = Restless()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
        batches = loader(3)
        random.seed(1)
        np.random.seed(1)
        for epoch in range(2):
            for x, y in batches:
                optimizer.zero_grad()
                cross_entropy(model(x), y).backward()
                optimizer.step()
                scheduler.step()
            if tested and epoch == 0:
                find_lr(model, optimizer, cross_entropy, batches, steps=60)
        ends.append(state_of(model, optimizer))
    same(*ends)


@live
def test_frozen_parameters_and_a_loss_with_weights_of_its_own():
    model, _, batches = small()
    for p in model[0].parameters():
        p.requires_grad = False

    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(()))
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, z, y):
            self.calls += 1
            return cross_entropy(self.scale * z, y)
    loss_fn = Scaled()
    everything = [*model.parameters(), *loss_fn.parameters()]
    optimizer = torch.optim.SGD(everything, lr=0.1, momentum=0.9, weight_decay=0.1)
    before = state_of(model, optimizer, loss_fn)
    seen = []

    def watched(model, batch):
        seen.append((loss_fn.scale.item(), model[0].weight[0, 0].item()))
        return loss_fn(model(batch[0]), batch[1])
    find_lr(model, optimizer, loss_fn, batches, steps=20)
    assert float(loss_fn.calls) == 0
    find_lr(model, optimizer, watched, [(x, y, 0) for x, y in batches], steps=20, max_lr=0.1)
    scales, frozen = np.transpose(seen)
    assert len(set(scales)) > 10 and len(set(frozen)) == 1 and loss_fn.scale.item() == 1
    loss_fn.calls.zero_()
    same(before, state_of(model, optimizer, loss_fn))


@live
def test_the_random_state_of_cuda_is_put_back(monkeypatch):
    model, optimizer, batches = small()
    given = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: ["one", "two"])
    monkeypatch.setattr(torch.cuda, "set_rng_state_all", given.append)
    find_lr(model, optimizer, cross_entropy, batches, steps=5)
    assert given == [["one", "two"]]


# what is refused, in words


def broken(**changes):
    """The arguments of find_lr, with these in place of good ones."""
    model, optimizer, batches = small()
    good = {"model": model, "optimizer": optimizer, "loss_fn": cross_entropy, "batches": batches}
    return {**good, **changes}


def frozen():
    model = small()[0]
    for p in model.parameters():
        p.requires_grad = False
    return {"model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}


def lbfgs():
    model = small()[0]
    return {"model": model, "optimizer": torch.optim.LBFGS(model.parameters())}


def lazy():
    model = torch.nn.Sequential(torch.nn.LazyLinear(10), torch.nn.Linear(10, 10))
    return {"model": model, "optimizer": torch.optim.SGD(model[1].parameters(), lr=0.1)}


def without_rate():
    model, optimizer, _ = small()
    optimizer.param_groups[0]["lr"] = None  # as Adafactor of other libraries has it
    return {"model": model, "optimizer": optimizer}


REFUSED = {
    "frozen": (frozen, ValueError, "requires_grad=False: nothing would move"),
    "LBFGS": (lbfgs, TypeError, "optimizer must not be LBFGS: it reads each batch several times"),
    "lazy": (lazy, ValueError, "size is not known yet: call it once"),
    "no rate": (without_rate, ValueError, "a group without a rate"),
    "another's": (lambda: {"optimizer": small()[1]}, ValueError, "no parameter of this model"),
    "function": (lambda: {"model": len}, TypeError, "model must be a torch.nn.Module"),
    "parameters": (lambda: {"optimizer": [1]}, TypeError, "optimizer must be one of PyTorch"),
    "class": (lambda: {"optimizer": torch.optim.SGD}, TypeError, "optimizer must be one of"),
    "class of a loss": (lambda: {"loss_fn": torch.nn.MSELoss}, TypeError, r"mean MSELoss\(\)\?"),
    "no loss": (lambda: {"loss_fn": 3}, TypeError, "loss_fn must be a function"),
    "vector": (lambda: {"loss_fn": lambda z, y: z[:, 0]}, TypeError, "a tensor with one number"),
    "number": (lambda: {"loss_fn": lambda z, y: 1.0}, TypeError, "a tensor with one number"),
    "detached": (lambda: {"loss_fn": lambda z, y: z.detach().sum()}, ValueError, "no gradient"),
    "min_lr": (lambda: {"min_lr": 0}, ValueError, "min_lr must be one number above 0, not 0"),
    "max_lr": (lambda: {"max_lr": 1e-9}, ValueError, "min_lr must be below max_lr"),
    "steps": (lambda: {"steps": 1}, ValueError, "steps must be a whole number of at least 2"),
    "steps in words": (lambda: {"steps": "ten"}, TypeError, "steps must be a whole number"),
    "smoothing": (lambda: {"smoothing": 1}, ValueError, "smoothing must be one number from 0"),
    "stop_factor": (lambda: {"stop_factor": 1}, ValueError, "stop_factor must be one number above"),
    "clip_norm": (lambda: {"clip_norm": 0}, ValueError, "clip_norm must be one number above 0"),
}


@live
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    changes, kind, words = REFUSED[case]
    arguments = broken(**changes())
    with pytest.raises(kind, match=words) as error:
        find_lr(**arguments)
    assert len(str(error.value)) < 300


def test_without_torch_it_says_so_and_the_rest_of_the_package_does_not_need_it(another_python):
    code = ("import sys; sys.modules['torch'] = None\n"
            "import lrteach, lrteach.pytorch as p\n"
            "for call in (lambda: p.find_lr(1, 2, 3, 4), lambda: p.schedule_for(1, 2)):\n"
            "    try: call()\n"
            "    except ImportError as error: print(error)")
    done = subprocess.run([another_python, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == 2 * [
        "lrteach.pytorch needs PyTorch, which is not installed here: see pytorch.org/get-started"]


def test_it_takes_what_lr_range_test_takes():
    ours = inspect.signature(lr_range_test).parameters
    theirs = inspect.signature(find_lr).parameters
    shared = ["min_lr", "max_lr", "steps", "smoothing", "stop_factor"]
    assert set(shared) <= ours.keys() & theirs.keys()
    assert all(theirs[name].kind == inspect.Parameter.KEYWORD_ONLY for name in shared)


# schedules


@live
@pytest.mark.parametrize("schedule", [
    one_cycle(0.3, 60), triangular2(0.01, 0.1, 10), warmup(cosine(0.2, 50), 10), constant(0.05),
    lambda t: 0.1 / (1 + t)])
def test_the_rate_of_each_update_is_that_of_the_schedule(schedule):
    model, optimizer, _ = small()
    scheduler = schedule_for(optimizer, schedule)
    rates = []
    for _ in range(60):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_array_equal(rates, [float(schedule(t)) for t in range(60)])
    assert all(type(lr) is float for lr in rates)


@live
def test_a_rate_is_a_schedule_and_groups_keep_their_ratios():
    model, _, _ = small()
    groups = [{"params": model[0].parameters(), "lr": 0.01}, {"params": model[2].parameters()}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    for schedule in (0.5, constant(0.2), one_cycle(1.0, 10)):  # each takes the place of the last
        scheduler = schedule_for(optimizer, schedule)
        first = schedule if isinstance(schedule, float) else float(schedule(0))
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx(
            [0.1 * first, first])
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[1]["lr"] == one_cycle(1.0, 10)(1)


@live
def test_a_schedule_goes_on_after_saving_and_for_rates_that_are_tensors():
    schedule = one_cycle(0.3, 20)
    model, optimizer, _ = small()
    scheduler = schedule_for(optimizer, schedule)
    for _ in range(7):
        optimizer.step()
        scheduler.step()
    kept = pickle.loads(pickle.dumps([optimizer.state_dict(), scheduler.state_dict()]))
    _, optimizer, _ = small()
    scheduler = schedule_for(optimizer, schedule)
    optimizer.load_state_dict(kept[0])
    scheduler.load_state_dict(kept[1])
    assert optimizer.param_groups[0]["lr"] == schedule(7)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == schedule(8)
    optimizer = torch.optim.SGD(model.parameters(), lr=torch.tensor(0.7))
    schedule_for(optimizer, schedule)
    assert float(optimizer.param_groups[0]["lr"]) == pytest.approx(schedule(0))


@live
@pytest.mark.parametrize("bad, kind, words", [
    (lambda t: -1.0, ValueError, r"schedule\(0\) must be 0 or above and finite, not -1.0"),
    (lambda t: float("nan"), ValueError, r"schedule\(0\) must be 0 or above"),
    (lambda t: [0.1, 0.2], ValueError, r"schedule\(0\) must be one rate"),
    (-1, ValueError, "schedule must be 0 or above"),
    ("fast", TypeError, "schedule must be a number"),
    (None, TypeError, "schedule must be a number .*, not None"),
    (cosine, TypeError, r"schedule must be a number or a function of the step t alone, but cosine"),
])
def test_schedules_that_are_refused(bad, kind, words):
    with pytest.raises(kind, match=words):
        schedule_for(small()[1], bad)
    with pytest.raises(TypeError, match="optimizer must be one of PyTorch"):
        schedule_for(small()[0], constant(0.1))
