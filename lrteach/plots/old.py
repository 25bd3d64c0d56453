"""The old arguments of panels, until the notebooks have moved to the new ones.

Then this file goes, with all lines `@old(...)`.
"""

import functools


def old(order="", **renamed):
    """A panel that still takes its old arguments: without a name in this order, or by old name.

    renamed  {old name: new name}; or a function of the old value that gives {new name: value}; or
             None: the argument is no longer needed.
    """
    def accepting(make):
        @functools.wraps(make)
        def accepts(*args, **options):
            named = dict(zip(order.split(), args, strict=False))
            options, given = {**named, **options}, {}
            for name, value in options.items():
                new = renamed.get(name, name)
                if callable(new):
                    given.update(new(value))
                elif new is not None:
                    given[new] = value
            return make(*args[len(order.split()):], **given)
        return accepts
    return accepting


def both(limits):
    """The old limits of both axes."""
    return {"x": limits, "y": limits}


def of_map(bounds):
    """The old bounds of a map, ((x_low, x_high), (y_low, y_high)) or None."""
    return {} if bounds is None else {"x": bounds[0], "y": bounds[1]}


def up_to(axis):
    """The old largest value of an axis that begins at 0."""
    return lambda largest: {} if largest is None else {axis: (0, largest)}


def unnamed(marks):
    """The old marks without a name."""
    return {"upright": {"": list(marks)}} if len(marks) else {}
