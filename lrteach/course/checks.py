"""Exercises: say kindly what is wrong, and never raise for what a learner wrote."""

import copy
import dis
import functools
import inspect
import math
import re
import sys
import warnings
from importlib import metadata

import numpy as np
from IPython import get_ipython

from .._internal.arguments import as_whole, shown
from ..descent import iterate
from ..surfaces import ravine
from .blackbox import score
from .predict import (
    GREEN,
    ORANGE,
    as_hints,
    boxed,
    check_tolerance,
    nearest_hint,
    parse_number,
    reach,
)

CLOSE = 1e-9  # what a rule or a function gives is right to within this share
LONGEST = 60  # characters of what a learner gave that an answer repeats
STEPS_OF_A_SLIP = 4  # so many steps must agree before a wrong rule counts as recognised
STEPS = 20  # that a rule is followed for
LR = 0.05  # at which it is followed
TIMES = 100  # steps that a schedule is asked for


class Feedback:
    """The answer of a check: `ok`, and a message that begins with ✓ or ✗."""

    def __init__(self, ok, message):
        self.ok = bool(ok)
        self.message = f"{'✓' if ok else '✗'} {message}"

    def __bool__(self):
        return self.ok

    def __repr__(self):
        return self.message

    def _repr_html_(self):
        return boxed(self.message, GREEN if self.ok else ORANGE)


# the installation

NEEDED = {"numpy": (2, 0), "matplotlib": (3, 9), "ipywidgets": (7, 7, 1)}
PYTHON = (3, 11)


def check_installation():
    """Feedback on whether everything that the course needs is here and new enough."""
    wrong = []
    if sys.version_info < PYTHON:
        wrong.append(f"Python is {sys.version.split()[0]}, but 3.11 or newer is needed.")
    for package, needed in NEEDED.items():
        wrong += _what_is_wrong(package, needed)
    if not hasattr(get_ipython(), "kernel"):
        wrong.append("No Jupyter kernel is running, so sliders cannot move anything: "
                     "open the notebook in JupyterLab or Colab.")
    if wrong:
        return Feedback(False, "\n".join(wrong))
    return Feedback(True, "Python, NumPy, matplotlib and ipywidgets are here and new enough, "
                          "and a kernel answers.")


def _what_is_wrong(package, needed):
    """A list of one sentence, or of none."""
    try:
        found = metadata.version(package)
    except metadata.PackageNotFoundError:
        found = None
    if found is None:
        return [f"{package} is missing: run `%pip install {package}` and restart the kernel."]
    if tuple(int(part) for part in re.findall(r"\d+", found)[:3]) >= needed:
        return []
    return [f"{package} is {found}, but {'.'.join(map(str, needed))} or newer is needed: "
            f"run `%pip install -U {package}` and restart the kernel."]


# numbers


def check_number(value, answer, tolerance=None, *, hints=(), why=""):
    """Feedback on a number.

    tolerance  how far off it may be, by default 1 % of the answer; 0 where it must be exact.
    hints      pairs (wrong number or predicate, words).
    why        said with the right answer.
    Raises ValueError or TypeError for what a teacher cannot have meant.
    """
    check_tolerance(tolerance)
    right = None if isinstance(answer, str) else _number(answer)
    if right is None or math.isnan(right):
        raise ValueError(f"answer must be a number, not {shown(answer)}")
    if value is None or value is ...:
        return Feedback(False, "Not answered yet: put your number in place of the three dots.")
    number, problem = _read(value)
    if problem:
        return Feedback(False, problem)
    near = reach(right, tolerance)
    if number == right or abs(number - right) <= near < math.inf:
        return Feedback(True, f"Right: {number:.6g}. {why}".strip())
    hint = _quietly(nearest_hint, number, as_hints(hints), near, otherwise="")
    if hint:
        return Feedback(False, f"{number:.6g} is not it. {hint}")
    if not math.isfinite(number):
        return Feedback(False, f"The number is {number}: some run has left all bounds. "
                               "Try smaller rates.")
    if tolerance == 0 and right.is_integer() and not number.is_integer():
        return Feedback(False, _whole(number, right))
    return Feedback(False, f"{number:.6g} is too {'large' if number > right else 'small'}.")


def _whole(number, answer):
    if math.ceil(number) == answer:
        return f"{number:.6g} is between two whole numbers, and this must be whole: round up."
    if math.floor(number) == answer:
        return f"{number:.6g} is between two whole numbers, and this must be whole: round down."
    return f"{number:.6g} is not it: this must be a whole number."


def _read(value):
    """(the number that a learner gave, "") or (None, what is wrong)."""
    if isinstance(value, str):
        try:
            return parse_number(value), ""
        except ValueError as error:
            return None, str(error)
    if isinstance(value, tuple) and len(value) == 2 and all(type(part) is int for part in value):
        return None, (f"{_short(value)} are two numbers. The decimal sign of Python is a point: "
                      f"{_short(value[0])}.{_short(value[1])}")
    if callable(value):
        return None, "This is a function. Call it, with brackets, or give the number it returns."
    number = _number(value)
    if number is None:
        return None, f"This should be one number, but it is {_short(value)}."
    return number, ""


# update rules


def check_optimizer(rule, reference, *, hints=(), steps=STEPS, lr=LR, **hyper):
    """Feedback on an update rule, compared with `reference` step by step on a small valley.

    hints  pairs (wrong rule, words).
    hyper  the reference's keyword arguments.
    """
    steps = as_whole("steps", steps)
    if missing := _missing(rule, "rule", "A rule is a function of theta, g and lr"):
        return Feedback(False, missing)
    f, start = ravine(1, 10), np.array([3.0, -2.0])
    right = _path(reference, f, start, lr, steps, **hyper)
    try:
        yours = _path(rule, f, start, lr, steps)
    except (Exception, SystemExit) as error:
        return Feedback(False, _stopped("Your rule", error, rule))
    if _equal(yours, right):
        return Feedback(True, f"Right: {steps} steps, and every one equals "
                              f"`{reference.__name__}`.")
    first = min(STEPS_OF_A_SLIP, steps + 1)
    for slip, words in [*as_hints(hints), *RULE_SLIPS]:
        path = _quietly(_path, slip, f, start, lr, first - 1)
        if path is not None and _equal(yours[:first], path, zero=0.0):
            return Feedback(False, words)
    return Feedback(False, _first_wrong_step(rule, reference, f, yours, right, lr, hyper))


RULE_SLIPS = [
    (lambda theta, g, lr: theta,
     "Your rule leaves theta where it is."),
    (lambda theta, g, lr: theta + lr * g,
     "Your rule goes uphill: the gradient points up, so take it away."),
    (lambda theta, g, lr: theta - g,
     "Your rule forgets lr: the step is the gradient times the rate."),
    (lambda theta, g, lr: theta - lr,
     "Your rule forgets g: the step is the gradient times the rate."),
    (lambda theta, g, lr: theta - lr * np.abs(g),
     "Your rule takes the size of the gradient. Its sign says which way is up: keep it."),
    (lambda theta, g, lr: theta + lr * np.abs(g),
     "Your rule takes the size of the gradient. Its sign says which way is up: keep it."),
    (lambda theta, g, lr: theta - lr * np.sign(g),
     "Your rule takes only the sign of the gradient: its size counts, too."),
    (lambda theta, g, lr: -lr * g,
     "That is the step alone. Add it to theta."),
    (lambda theta, g, lr: lr * g,
     "That is the size of the step. Where does it start, and which way does it go?"),
    (lambda theta, g, lr: theta * (1 - lr * g),
     "Your rule multiplies by theta: the step is lr * g alone."),
    (lambda theta, g, lr: theta - g / lr,
     "Your rule divides by lr: the step is the gradient times the rate."),
]


def _path(rule, f, start, lr, steps, **hyper):
    """What a rule visits, (steps + 1, 2). It gets copies, and may change them in place."""
    states = iterate(f, start, _careful(rule), lr=lr, **hyper)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.array([np.array(next(states)[0]) for _ in range(steps + 1)])


def _careful(rule):
    """The same rule, which works on copies of what it is given."""
    @functools.wraps(rule)
    def careful(*arguments, **hyper):
        return rule(*copy.deepcopy(arguments), **copy.deepcopy(hyper))
    careful.__signature__ = inspect.signature(rule)
    return careful


def _empty(function):
    """Whether nothing but `...` or `pass` has been written, beside a docstring."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name == "<lambda>":
        return False
    return code.co_code == _nothing.__code__.co_code


def _nothing():
    ...


def _first_wrong_step(rule, reference, f, yours, right, lr, hyper):
    """What is said to a rule that no slip explains."""
    wrong = ~np.isclose(yours, right, rtol=CLOSE, atol=1e-12).all(axis=1)
    k = int(np.argmax(wrong))
    order = _order(rule, reference, f, right[0], lr(0) if callable(lr) else lr, hyper)
    if order:
        return order
    if not np.isfinite(yours[k]).all():
        return f"Step {k} ends at {_in_brackets(yours[k])}: {_divided(rule)}"
    here, there = _apart(yours[k], right[k])
    start = _in_brackets(right[k - 1])
    lr = lr(k - 1) if callable(lr) else lr
    g = _in_brackets(f.grad(right[k - 1]))
    said = f"Step {k} ends at {here}, but should end at {there}."
    if k == 1:
        said += f"\nTry it by hand: from {start}, with g = {g} and lr = {lr}."
    else:
        before = "The first step is" if k == 2 else f"The first {k - 1} steps are"
        said += (f"\n{before} right, so look at what your rule remembers from step to step."
                 f"\nStep {k} goes from {start}, with g = {g} and lr = {lr}.")
    return said + _borrowed(rule) + _xor(rule)


def _order(rule, reference, f, start, lr, hyper):
    """The sentence for a rule that gives back the right things in a wrong order, or ""."""
    g = f.grad(start)
    mine = _quietly(_careful(rule), start, g, lr)
    theirs = reference(start, g, lr, **hyper)
    if not (isinstance(mine, tuple) and isinstance(theirs, tuple)):
        return ""
    if not _same(mine[0], theirs[0]) and any(_same(part, theirs[0]) for part in mine[1:]):
        return "Your rule gives back its memory first: theta comes first, as in `return theta, v`."
    taken = _memory(rule)
    due = dict(zip(_memory(reference), theirs[1:], strict=True))
    if set(taken) != set(due):
        taken = list(due)  # other names in the rule: then the places count
    if len(taken) != len(mine) - 1:
        return ""
    given = dict(zip(taken, mine[1:], strict=True))
    swapped = [name for name, part in given.items() if not _same(part, due[name])]
    others = [given[name] for name in swapped]
    if swapped and all(any(_same(part, due[name]) for part in others) for name in swapped):
        return ("Your rule gives its memory back in another order than it takes it: "
                f"end with `return theta, {', '.join(taken)}`.")
    return ""


def _memory(rule):
    """The names of what a rule takes after theta, g and lr, up to the `*`."""
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = inspect.signature(rule).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind in kinds][3:]


# schedules


def check_schedule(schedule, reference, *, hints=(), steps=TIMES):
    """Feedback on a schedule lr(t), compared with `reference` at t = 0 to steps - 1.

    hints  pairs (wrong schedule, words).
    """
    steps = as_whole("steps", steps)
    if missing := _missing(schedule, "schedule", "A schedule is a function of the step t",
                           lines="line"):
        return Feedback(False, missing)
    right = np.array([float(reference(t)) for t in range(steps)])
    zero = 1e-12 * np.abs(right).max()  # what counts as zero, also among small rates
    yours, problem = _rates(schedule, steps)
    if problem:
        return Feedback(False, problem)
    if _equal(yours, right, zero):
        return Feedback(True, f"Right at all of the steps from 0 to {steps - 1}.")
    for slip, words in as_hints(hints):
        rates, failed = _rates(slip, steps)
        if not failed and _equal(yours, rates, zero):
            return Feedback(False, words)
    if _equal(yours[:-1], right[1:], zero):
        return Feedback(False, "Your schedule is one step ahead: "
                               "update 0 should use the first rate.")
    if _equal(yours[1:], right[:-1], zero):
        return Feedback(False, "Your schedule is one step behind: "
                               "at t = 1 it uses the rate of t = 0.")
    return Feedback(False, _first_wrong_rate(schedule, yours, right, zero))


def _rates(schedule, steps):
    """(the rates at t = 0 to steps - 1, "") or (None, what is wrong)."""
    rates = np.empty(steps)
    for t in range(steps):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rate = schedule(t)
        except OverflowError:
            return None, (f"At t = {t} your rate is too large for a computer's numbers: "
                          "look at what you raise to a power.")
        except ZeroDivisionError as error:
            return None, _divided_by_t(t, error)
        except (Exception, SystemExit) as error:
            return None, _stopped("Your schedule", error, schedule, f" at t = {t}")
        if rate is None or rate is ...:
            return None, "Your schedule returns nothing: end it with `return` and the rate."
        if isinstance(rate, str) or _number(rate) is None:
            return None, ("The rate should be one number for each step, "
                          f"but at t = {t} it is {_short(rate)}.")
        rates[t] = _number(rate)
    return rates, ""


def _divided_by_t(t, error):
    if t == 0:
        return ("At t = 0 your schedule divides by 0: t begins at 0. "
                "Divide by something that is 1 there: begin with 1 + ...")
    return f"Your schedule stops at t = {t} with ZeroDivisionError: {error}."


def _first_wrong_rate(schedule, yours, right, zero):
    """What is said to a schedule that no slip explains."""
    k = int(np.argmax(~np.isclose(yours, right, rtol=CLOSE, atol=zero)))
    here, there = _apart(yours[k], right[k])
    said = f"At t = {k} your rate is {here}, but should be {there}."
    moves = not _equal(right, right[0])
    if moves and _equal(yours, yours[0]):
        said += " Your rate is the same at every step: does it use t?"
    elif moves and _times(yours, right):
        said += (f" Yours is {_times(yours, right):.4g} times the right rate at every step: "
                 f"begin at {right[0]:.4g}.")
    return said + _borrowed(schedule) + _xor(schedule)


# functions of numbers


def check_values(function, reference, *arguments, hints=()):
    """Feedback on a function that returns numbers, compared with `reference` on the same arguments.

    hints  pairs (wrong function, words).
    """
    itself = "Give the check your function itself, its name without brackets"
    if missing := _missing(function, "function", itself):
        return Feedback(False, missing)
    right = np.asarray(reference(*copy.deepcopy(arguments)), float)
    finite = np.isfinite(right)
    zero = 1e-12 * np.max(np.abs(right), initial=0.0, where=finite)  # what counts as zero
    yours, problem = _values(function, arguments)
    problem = problem or _shape(yours, right)
    if problem:
        return Feedback(False, problem)
    if _equal(yours, right, zero):
        many = f"Right: {right.size} numbers, and every one is as it should be."
        return Feedback(True, "Right." if right.size == 1 else many)
    for wrong, words in as_hints(hints):
        values, failed = _values(wrong, arguments)
        if not failed and values.shape == yours.shape and _equal(yours, values, zero):
            return Feedback(False, words)
    return Feedback(False, _first_wrong_value(function, yours, right, zero))


def _values(function, arguments):
    """(what a function returns, as an array, "") or (None, what is wrong)."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = function(*copy.deepcopy(arguments))  # copies: it may change them in place
    except (Exception, SystemExit) as error:
        return None, _stopped("Your function", error, function)
    if values is None or values is ...:
        return None, "Your function returns nothing: end it with `return` and the numbers."
    try:
        if np.iscomplexobj(values):
            return None, ("Your function should return real numbers, "
                          f"but it returns {_short(values)}.")
        return np.asarray(values, float), ""
    except OverflowError:
        return None, ("Your function returns a number that is too large for a computer's numbers: "
                      "look at what you raise to a power.")
    except Exception:  # whatever a learner has returned
        return None, f"Your function should return numbers, but it returns {_short(values)}."


def _shape(yours, right):
    """What is wrong with the shape, or ""."""
    if yours.size != right.size:
        return f"Your function should return {right.size} numbers, but it returns {yours.size}."
    if yours.shape != right.shape:
        return (f"What your function returns should have the shape {right.shape}, "
                f"but it has {yours.shape}.")
    return ""


def _first_wrong_value(function, yours, right, zero):
    """What is said to a function that no slip explains."""
    k = int(np.argmax(~np.isclose(yours.ravel(), right.ravel(), rtol=CLOSE, atol=zero)))
    here, there = _apart(yours.ravel()[k], right.ravel()[k])
    said = f"Number {k} (counted from 0) is {here}, but should be {there}."
    if right.size > 1 and _times(yours, right):
        said += f" Every number is {_times(yours, right):.4g} times what it should be."
    return said + _borrowed(function) + _xor(function)


# runs on a black box


def check_score(run, at_least, *, hints=()):
    """Feedback on a run on a black box, which must end lower than `at_least` % of the blind ones.

    hints  pairs (function of the run that is true where the words fit, words).
    """
    if run is None or run is ...:
        return Feedback(False, "Not run yet: put your run in place of the three dots.")
    try:
        reached = score(run)
    except (TypeError, ValueError) as error:
        return Feedback(False, f"{error}.")
    said = f"The run {reached!r}."
    if round(100 * reached.share) >= at_least:  # as it is said
        return Feedback(True, said)
    if not math.isfinite(reached.loss):
        lost = 100 * np.mean(~np.isfinite(reached.blind))
        return Feedback(False, f"The run is lost, as {lost:.0f} % of the blind ones are: it ends "
                               "above its start. Where does this box stop to bear the rate?")
    hint = f"{run.f.left} steps are left." if run.f.left else ""
    for fits, words in as_hints(hints):
        if _quietly(fits, run):
            hint = words
            break
    return Feedback(False, f"{hint} {said} Aim for {at_least} %.".strip())


# what the checks share


def _missing(function, what, wanted, lines="lines"):
    """What is said where a learner has written nothing yet, or something that is no function."""
    if function is None or function is ...:
        return f"Not written yet: define your {what}, and give it to the check."
    if not callable(function):
        return f"{wanted}, not {_short(function)}."
    if _empty(function):
        return f"Not written yet: put your {lines} in place of the three dots."
    return ""


def _quietly(function, *arguments, otherwise=None):
    """What a function returns, or `otherwise` where it fails; without warnings."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*arguments)
    except (Exception, SystemExit):
        return otherwise


def _stopped(what, error, function, where=""):
    """An error of a learner's function, in words."""
    if isinstance(error, NameError):
        name = getattr(error, "name", None) or "something"
        return (f"{what} uses `{name}`, which has no value there: "
                f"write its number, or take it as an argument, such as `{name}=0.9`.")
    if isinstance(error, ZeroDivisionError):
        return f"{what} stops{where}: {_divided(function)}"
    if "for ^" in str(error) or "bitwise_xor" in str(error):
        return f"{what} stops{where}: a power is written ** in Python, not ^."
    said = " ".join(str(error).split())
    return f"{what} stops{where} with {type(error).__name__}: {said or 'no further words'}"


def _divided(rule):
    """Why a rule may have divided by 0."""
    if "t" in (_quietly(_memory, rule) or []):
        return ("something is divided by 0. At the first step t is 0, and so is 1 - beta ** t: "
                "raise t before you use it.")
    return "this is no number. Is something divided by 0?"


def _borrowed(function):
    """A sentence on the numbers that a function takes from the notebook, or ""."""
    code = getattr(function, "__code__", None)
    around = getattr(function, "__globals__", {})
    names = [name for name in getattr(code, "co_names", ())
             if type(around.get(name)) in (int, float, np.float64)]
    if not names:
        return ""
    said = " and ".join(f"{name} = {around[name]}" for name in names)
    return f"\nIt takes {said} from a cell of the notebook: is that the number you mean?"


def _xor(function):
    """A sentence where a function's code has a ^, or ""."""
    code = getattr(function, "__code__", None)
    if code and any(step.argrepr in ("^", "^=") for step in dis.get_instructions(code)):
        return "\nA power is written ** in Python, not ^."
    return ""


def _equal(yours, right, zero=1e-12):
    return np.allclose(yours, right, rtol=CLOSE, atol=zero)


def _same(one, other):
    """Whether two things are the same numbers. Never raises."""
    return bool(_quietly(lambda: np.shape(one) == np.shape(other) and _equal(one, other)))


def _times(yours, right):
    """The one factor between two arrays, or None."""
    with np.errstate(all="ignore"):
        ratio = yours[right != 0] / right[right != 0]
    alike = ratio.size and np.isfinite(ratio).all() and _equal(ratio, ratio.flat[0], 0.0)
    zeros = _equal(yours[right == 0], 0.0)
    return float(ratio.flat[0]) if alike and zeros and ratio.flat[0] != 0 else None


def _apart(yours, right):
    """Both as text, with as many digits as it takes to see that they differ, at least six."""
    for digits in (6, 9, 17):
        texts = [_digits(values, digits) for values in (yours, right)]
        if texts[0] != texts[1]:
            break
    return texts


def _digits(values, digits):
    text = ", ".join(f"{x:.{digits}g}" for x in np.ravel(values))
    return f"[{text}]" if np.ndim(values) else text


def _in_brackets(values):
    return _digits(np.asarray(values), 6)


def _number(value):
    """`value` as a float, infinite where it is too large; None where it is no real number."""
    if isinstance(value, (bool, np.bool_, np.complexfloating)):
        return None
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except Exception:  # whatever a learner has written
        return None


def _short(value):
    try:
        text = repr(value)
    except Exception:  # such as a whole number of many thousand digits
        return f"something of the type {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
