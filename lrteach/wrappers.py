"""Update rules made from an update rule: `averaged` remembers a mean of the path, `l2` adds decay.

>>> import numpy as np
>>> from lrteach import descend, sgd, valley
>>> run = descend(valley(), (-7, 2), averaged(sgd, beta=1), lr=0.5, steps=40)
>>> np.allclose(run.state["mean"][:, 40], run.theta[:, 1:].mean(axis=1))
True
"""

from ._internal.arguments import as_floats, as_number
from ._internal.rule import name_of, wrapped


def averaged(optimizer, beta=0.98):
    """The same rule, which also remembers a running mean of every theta that it has reached.

    mean + (theta - mean) * (1 - beta) / (1 - beta**count), which looks back on some 1 / (1 - beta)
    steps and, as Adam's means of g, never on the start. beta=1 is the plain mean of all:
    mean + (theta - mean) / count. The path does not change. (Polyak, Juditsky, 1992)

    The mean is run.state["mean"], in the shape of theta; its entry of step 0 is 0.
    Raises TypeError or ValueError for bad arguments.
    """
    beta = as_number("beta", beta, "one number from 0 to 1", lambda number: 0 <= number <= 1)
    name = name_of(optimizer)

    def rule(theta, g, lr, *state, mean, count, **others):
        returned = optimizer(theta, g, lr, *state, **others)
        new, *state = returned if isinstance(returned, tuple) else (returned,)
        new, count = as_floats(f"the theta that {name} returns", new), count + 1
        weight = 1 / count if beta == 1 else (1 - beta) / (1 - beta ** count)
        return new, *state, mean + (new - mean) * weight, count
    return wrapped(optimizer, rule, f"averaged({name})", (averaged, (optimizer, beta)),
                   remembers={"mean": 0.0, "count": 0})


def l2(optimizer):
    """The same rule on the loss plus weight_decay / 2 * sum(theta**2): g + weight_decay * theta.

    Its hyperparameter weight_decay is 0.01 where nothing is said. torch.optim.SGD and Adam decay
    so. In AdamW the decay is decoupled: lr multiplies it, and no mean of g**2 divides it.
    Raises TypeError or ValueError for bad arguments. (Loshchilov, Hutter, 2019)

    >>> from lrteach import adam, descend, valley
    >>> descend(valley(), (-7, 2), l2(adam), lr=0.5, steps=40, weight_decay=0.1)
    <Run: 40 steps on <Loss: valley>>
    """
    def rule(theta, g, lr, *state, weight_decay, **others):
        return optimizer(theta, g + weight_decay * theta, lr, *state, **others)
    return wrapped(optimizer, rule, f"l2({name_of(optimizer)})", (l2, (optimizer,)),
                   chosen={"weight_decay": 0.01})
