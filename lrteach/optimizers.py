"""Update rules as pure functions: the body of each is its algorithm.

Before the `*` stands what changes at every step (a default is its value before the first step),
after it what is chosen once. A rule returns the new `theta`, then all that it remembers, in that
order. The forms are those of torch.optim.
"""

import numpy as np


def sgd(theta, g, lr):
    """Gradient descent: theta - lr * g (Cauchy, 1847)."""
    return theta - lr * g


def momentum(theta, g, lr, v=0.0, *, beta=0.9):
    """Heavy ball: v = beta * v + g, then theta - lr * v (Polyak, 1964)."""
    v = beta * v + g
    return theta - lr * v, v


def momentum_inside(theta, g, lr, v=0.0, *, beta=0.9):
    """Heavy ball with the rate inside: v = beta * v - lr * g, then theta + v.

    So in Caffe and Keras (Sutskever et al., 2013).
    """
    v = beta * v - lr * g
    return theta + v, v


def nesterov(theta, g, lr, v=0.0, *, beta=0.9):
    """Momentum one step ahead: theta - lr * (g + beta * v) (Nesterov, 1983)."""
    v = beta * v + g
    return theta - lr * (g + beta * v), v


def adagrad(theta, g, lr, s=0.0, *, eps=1e-10):
    """Divide by the root of the sum of all g**2 (Duchi, Hazan, Singer, 2011)."""
    s = s + g ** 2
    return theta - lr * g / (np.sqrt(s) + eps), s


def rmsprop(theta, g, lr, s=0.0, *, beta=0.99, eps=1e-8):
    """Divide by the root of a running mean of g**2 (Tieleman, Hinton, 2012)."""
    s = beta * s + (1 - beta) * g ** 2
    return theta - lr * g / (np.sqrt(s) + eps), s


def adam(theta, g, lr, m=0.0, s=0.0, t=0, *, beta1=0.9, beta2=0.999, eps=1e-8):
    """Running means of g and g**2, each divided by 1 - beta**t (Kingma, Ba, 2015)."""
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g ** 2
    m_hat, s_hat = m / (1 - beta1 ** t), s / (1 - beta2 ** t)
    return theta - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t


def adamw(theta, g, lr, m=0.0, s=0.0, t=0, *,
          beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    """Adam that first shrinks theta by lr * weight_decay (Loshchilov, Hutter, 2019)."""
    shrunk = theta - lr * weight_decay * theta
    return adam(shrunk, g, lr, m, s, t, beta1=beta1, beta2=beta2, eps=eps)


RULES = sgd, momentum, momentum_inside, nesterov, adagrad, rmsprop, adam, adamw
OPTIMIZERS = {rule.__name__: rule for rule in RULES}
