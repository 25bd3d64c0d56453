"""A range test and our schedules for the learner's own PyTorch model.

PyTorch is imported when a function is called, and not before.
"""

import collections
import contextlib
import copy
import inspect
import random

import numpy as np

from ._internal.arguments import as_number, as_rate, shown
from .range_test import RunAway, as_factor, as_smoothing, judged
from .schedules import as_schedule, exponential_sweep


def find_lr(model, optimizer, loss_fn, batches, *, min_lr=1e-5, max_lr=10.0, steps=500,
            smoothing=0.95, stop_factor=4.0, clip_norm=None):
    """Train for `steps` batches while the rate climbs, and return the `RangeTest` (Smith, 2017).

    lr(t) = min_lr * (max_lr / min_lr) ** (t / (steps - 1)), and the loss of a batch is taken
    before its update, as in `lr_range_test`, whose sweep is faster: a network that begins slowly
    needs some 80 steps for each factor of 10 before its curve falls.
    Afterwards everything is as it was, also after an error or an interrupt: weights, buffers, mode,
    the optimizer's state and rates, `.grad`, the random state of PyTorch, NumPy and Python.

    loss_fn    a batch that is a pair (x, y) has the loss loss_fn(model(x), y); of any other
               batch (a dict, a tensor, a triple) it is loss_fn(model, batch).
    batches    a list, a DataLoader, a generator: what a `for` loop takes. It is begun anew when
               it ends; what can be read only once must hold `steps` batches. They are moved to
               the model's device.
    clip_norm  clip the gradient to this norm before each update, as your own loop does; or None.
    stop_factor  the test ends where the loss is this many times the lowest, as in `lr_range_test`.
    The model stays in the mode it is in: call model.train() first. Groups of parameters keep the
    ratios of their rates, and lr is the rate of the group with the largest.
    Raises TypeError or ValueError for bad arguments, and where the batches run out.
    """
    torch = imported()
    rates = exponential_sweep(min_lr, max_lr, steps)(np.arange(steps))
    asked = {"steps": len(rates), "smoothing": as_smoothing("smoothing", smoothing), "every": 1,
             "stop_factor": as_factor(stop_factor)}
    if clip_norm is not None:
        clip_norm = as_number("clip_norm", clip_norm, "one number above 0", lambda norm: norm > 0)
    weights = check_trainable(torch, model, optimizer, loss_fn)
    ratios = rate_ratios(optimizer)
    device = next(iter([*model.parameters(), *weights])).device
    losses, end = [], RunAway(asked["smoothing"], asked["stop_factor"])
    with everything_kept(torch, model, optimizer, loss_fn, batches), torch.enable_grad():
        for lr, batch in zip(rates, endless(torch, batches, len(rates)), strict=False):
            for group, ratio in zip(optimizer.param_groups, ratios, strict=True):
                group["lr"] = float(lr * ratio)
            optimizer.zero_grad()
            loss = loss_of(torch, model, loss_fn, moved(batch, device))
            losses.append(loss.item())
            if end.reached(losses[-1]):
                break
            loss.backward()
            if clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(weights, clip_norm)
            optimizer.step()
    return judged(rates[:len(losses)], np.array(losses), {}, None, asked)


def schedule_for(optimizer, schedule):
    """The `LambdaLR` that gives update t of this optimizer the rate schedule(t).

    schedule  one of ours, any function of the step t, or one rate.
    Call scheduler.step() after each optimizer.step(): once a batch, not once an epoch. Groups of
    parameters keep the ratios of their rates, and schedule(t) is the rate of the largest.
    Raises ValueError where a rate is below 0 or not finite.
    """
    torch = imported()
    check_optimizer(torch, optimizer)
    schedule = as_schedule("schedule", schedule)
    for group, ratio in zip(optimizer.param_groups, rate_ratios(optimizer), strict=True):
        tensor = isinstance(group["lr"], torch.Tensor)
        group["lr"] = torch.full_like(group["lr"], ratio) if tensor else ratio
        group["initial_lr"] = copy.deepcopy(group["lr"])  # LambdaLR multiplies this

    def lr(t):
        return as_number(f"schedule({t})", as_rate(f"schedule({t})", schedule(t)), "one rate")
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lr)


def imported():
    """PyTorch, or an ImportError that says where to find it."""
    try:
        import torch
    except ImportError:
        raise ImportError("lrteach.pytorch needs PyTorch, which is not installed here: "
                          "see pytorch.org/get-started") from None
    return torch


# what can be trained, and at which rates


def check_optimizer(torch, optimizer):
    """A TypeError in words if this is no optimizer of PyTorch."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError("optimizer must be one of PyTorch, as in "
                        f"torch.optim.SGD(model.parameters(), lr=0.1), not {shown(optimizer)}")


def check_trainable(torch, model, optimizer, loss_fn):
    """The parameters that the optimizer moves; an error in words where there is nothing to test."""
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {shown(model)}")
    check_optimizer(torch, optimizer)
    if isinstance(loss_fn, type):
        raise TypeError(f"loss_fn must be a function, not {shown(loss_fn)}; "
                        f"did you mean {loss_fn.__name__}()?")
    if not callable(loss_fn):
        raise TypeError("loss_fn must be a function, as torch.nn.functional.cross_entropy, "
                        f"not {shown(loss_fn)}")
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise TypeError(f"optimizer must not be {type(optimizer).__name__}: it reads each batch "
                        "several times for one step, and a range test takes one step a batch")
    trained = [*model.parameters()]
    if isinstance(loss_fn, torch.nn.Module):
        trained += loss_fn.parameters()
    if any(isinstance(p, torch.nn.parameter.UninitializedParameter) for p in trained):
        raise ValueError("model has layers whose size is not known yet: "
                         "call it once on a batch, then make the optimizer")
    moved_by = [p for group in optimizer.param_groups for p in group["params"]]
    if not {id(p) for p in moved_by} & {id(p) for p in trained}:
        raise ValueError("optimizer holds no parameter of this model: "
                         "make it from model.parameters()")
    free = [p for p in moved_by if p.requires_grad]
    if not free:
        raise ValueError("optimizer holds only parameters with requires_grad=False: "
                         "nothing would move")
    return free


def rate_ratios(optimizer):
    """The rate of each group over the largest of them; where all are 0, each is 1."""
    own = []
    for group in optimizer.param_groups:
        lr = group.get("initial_lr", group.get("lr"))  # the first is there under a schedule
        if lr is None:
            raise ValueError("optimizer has a group without a rate: give each of them an lr")
        own.append(float(lr))
    largest = max(own)
    return [lr / largest if largest > 0 else 1.0 for lr in own]


# batches and their losses


def endless(torch, batches, steps):
    """The batches, begun anew where they end; a ValueError where a pass has none."""
    if isinstance(batches, torch.Tensor) or (
            isinstance(batches, tuple) and any(isinstance(b, torch.Tensor) for b in batches)):
        raise TypeError("batches must hold many batches, but this looks like one: "
                        "give a DataLoader, or a list of pairs [(x, y), ...]")
    try:
        iter(batches)
    except TypeError:
        raise TypeError("batches must be a list of batches, a DataLoader or a generator, "
                        f"not {shown(batches)}") from None
    count = 0
    while True:
        before = count
        for batch in batches:
            count += 1
            yield batch
        if count == before:
            break
    if count == 0:
        raise ValueError("batches is empty: it gave no batch at all")
    raise ValueError(f"batches ended after {count} of {steps} steps, and cannot be read again: "
                     f"give a list or a DataLoader, or ask for steps={count}")


def moved(batch, device):
    """A batch, or what it is made of, on this device."""
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, dict):
        return {name: moved(value, device) for name, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(moved(value, device) for value in batch))
    if isinstance(batch, (tuple, list)):
        return type(batch)(moved(value, device) for value in batch)
    return batch


def loss_of(torch, model, loss_fn, batch):
    """The loss of one batch, a tensor of one number that depends on the weights."""
    pair = isinstance(batch, (tuple, list)) and len(batch) == 2
    loss = loss_fn(model(batch[0]), batch[1]) if pair else loss_fn(model, batch)
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        raise TypeError("loss_fn must return a tensor with one number, the mean over the batch, "
                        f"not {shown(loss)}")
    if not loss.requires_grad:
        raise ValueError("the loss depends on no parameter with requires_grad=True, "
                         "so there is no gradient to follow")
    return loss


# everything as it was


@contextlib.contextmanager
def everything_kept(torch, model, optimizer, loss_fn, batches):
    """Put all that a training changes back to what it was, however the block ends."""
    modules = [*model.modules()]
    if isinstance(loss_fn, torch.nn.Module):
        modules += loss_fn.modules()
    tensors = [p for group in optimizer.param_groups for p in group["params"]]
    for module in modules:
        tensors += module._parameters.values()
        tensors += module._buffers.values()
    with contextlib.ExitStack() as afterwards:
        afterwards.callback(random_state(torch, batches))
        afterwards.callback(module_state(modules))
        afterwards.callback(tensor_state(torch, tensors))
        afterwards.callback(optimizer_state(optimizer))
        work_on_copies(optimizer)
        for p in tensors:
            if p is not None:
                p.grad = None  # a new one is made; nothing is added to the old one
        yield


def random_state(torch, batches):
    """A function that puts the random generators back."""
    inside = getattr(batches, "batch_sampler", None)
    owners = [batches, getattr(batches, "sampler", None), inside, getattr(inside, "sampler", None)]
    generators = [torch.default_generator]  # and those of a DataLoader
    generators += [getattr(owner, "generator", None) for owner in owners]
    states = [(g, g.get_state()) for g in generators if isinstance(g, torch.Generator)]
    of_python, of_numpy = random.getstate(), np.random.get_state()
    of_cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []

    def restore():
        random.setstate(of_python)
        np.random.set_state(of_numpy)
        for generator, state in states:
            generator.set_state(state)
        if of_cuda:
            torch.cuda.set_rng_state_all(of_cuda)
    return restore


def module_state(modules):
    """A function that puts the modules' modes, and which tensors are their buffers, back."""
    kept = [(module, module.training, dict(module._buffers)) for module in modules]

    def restore():
        for module, training, buffers in kept:
            module.training = training
            module._buffers.update(buffers)
    return restore


def tensor_state(torch, tensors):
    """A function that puts the values of these tensors, and their gradients, back."""
    once = {id(p): p for p in tensors if p is not None}.values()
    kept = [(p, p.detach().clone(), p.grad) for p in once]

    def restore():
        with torch.no_grad():
            for p, values, gradient in kept:
                if not torch.equal(p, values):
                    p.copy_(values)
                p.grad = gradient
    return restore


def optimizer_state(optimizer):
    """A function that puts the optimizer's memory and groups back."""
    memory = optimizer.state
    kept = [(group, dict(group)) for group in optimizer.param_groups]

    def restore():
        optimizer.state = memory
        for group, values in kept:
            group.clear()
            group.update(values)
    return restore


def work_on_copies(optimizer):
    """Give the optimizer copies of its memory and its groups to write to."""
    memory = optimizer.state
    optimizer.state = collections.defaultdict(dict)
    for p, values in memory.items():
        optimizer.state[p] = copy.deepcopy(values)
    for group in optimizer.param_groups:
        for name in group.keys() - {"params"}:
            group[name] = copy.deepcopy(group[name])
