"""What is handed out is a copy, and what was made by a recipe is copied and pickled by it."""

import copy
import functools

import numpy as np


class Copied:
    """An attribute that takes a copy, and hands out copies: nobody changes it by changing those.

    An array that is read-only is kept and handed out as it is.
    """

    def __set_name__(self, owner, name):
        self.name = f"_{name}"

    def __get__(self, thing, owner):
        return self if thing is None else private(getattr(thing, self.name))

    def __set__(self, thing, value):
        setattr(thing, self.name, private(value))


def private(value):
    """A copy of what can be changed in place."""
    fixed = isinstance(value, np.ndarray) and not value.flags.writeable
    return value if fixed else copy.copy(value)


def snapshot(value):
    """A copy of what may be changed later: of an array, or of anything else, whole."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != object:
        return np.array(value)[()]
    return copy.deepcopy(value)


def is_ours(thing):
    """True for a function or a class of this package: none of them changes its arguments."""
    module = getattr(thing, "__module__", None) or ""  # None for what exec made without a name
    return module.partition(".")[0] == __name__.partition(".")[0]


def recipe(factory):
    """Let the losses that `factory` makes be copied and pickled as what it was called with.

    The functions inside them may then stand where they are read, as lambdas.
    """
    @functools.wraps(factory)
    def make(*args, **kwargs):
        made = factory(*args, **kwargs)
        made._recipe = make, copy.deepcopy(args), copy.deepcopy(kwargs)
        return made

    make.makes_a_loss = True
    return make


class MadeByRecipe:
    """What is copied and pickled as its recipe, where it has one, and what was set on it later."""

    _recipe = None
    inside = ("_f", "_grad", "_hessian", "_recipe")  # functions that the recipe makes again

    def __reduce_ex__(self, protocol):
        if self._recipe is None:
            return super().__reduce_ex__(protocol)
        kept = {name: value for name, value in vars(self).items() if name not in self.inside}
        return remade, self._recipe, kept


def remade(make, args, kwargs):
    """What a recipe makes. (pickle needs a function of its own for it.)"""
    return make(*args, **kwargs)
