"""Predictions and exercises: say kindly what is wrong, and never raise for what a learner wrote."""

import html
import math
import re
import sys
from importlib import metadata

import ipywidgets as widgets
import numpy as np
from IPython import get_ipython

from .blackbox import score
from ..descent import iterate
from ..surfaces import ravine


class Feedback:
    """The answer of a check: `ok`, and a message that begins with ✓ or ✗."""

    def __init__(self, ok, message):
        self.ok, self.message = ok, f"{'✓' if ok else '✗'} {message}"

    def __bool__(self):
        return self.ok

    def __repr__(self):
        return self.message

    def _repr_html_(self):
        color = "#009E73" if self.ok else "#E69F00"
        return f'<div style="border-left:6px solid {color};padding:6px 14px;line-height:1.5">{html.escape(self.message)}</div>'


NEEDED = {"numpy": (2, 0), "matplotlib": (3, 9), "ipywidgets": (7, 7, 1)}


def check_installation():
    """Feedback on whether everything the course needs is here and new enough."""
    wrong = [] if sys.version_info >= (3, 11) else [f"Python is {sys.version.split()[0]}, but 3.11 or newer is needed."]
    for package, needed in NEEDED.items():
        found = metadata.version(package)
        if tuple(int(part) for part in re.findall(r"\d+", found)[:3]) < needed:
            wrong.append(f"{package} is {found}, but {'.'.join(map(str, needed))} or newer is needed: "
                         f"run `%pip install -U {package}` and restart the kernel.")
    if not hasattr(get_ipython(), "kernel"):
        wrong.append("No Jupyter kernel is running, so sliders cannot move anything: open the notebook in JupyterLab or Colab.")
    return Feedback(not wrong, " ".join(wrong) or "Python, NumPy, matplotlib and ipywidgets are here and new enough, and a kernel answers.")


# predictions


def predict(question, answer, tolerance=None, *, options=None, why=""):
    """Ask for a prediction, and answer once the learner has committed to it.

    answer   a number, right to within `tolerance` (by default 1 % of it), or, with `options` (a list of texts), the right one.
    why      said with the answer.
    """
    if options is not None and answer not in options:
        raise ValueError(f"answer must be one of the options {options!r}, not {answer!r}")
    return Prediction(question, answer, tolerance, options, why)


class Prediction:
    """A question with room for an answer, as a cell displays it."""

    def __init__(self, question, answer, tolerance, options, why):
        self.question, self.answer, self.options, self.why = question, answer, options, why
        self.tolerance = 0.01 * abs(answer) if tolerance is None and options is None else tolerance
        wide = widgets.Layout(width="max-content", max_width="100%")
        if options is None:
            self.entry = widgets.FloatText(value=0.0, description="your prediction", style={"description_width": "initial"})
        else:
            self.entry = widgets.RadioButtons(options=options, value=None, layout=wide)
        self.button = widgets.Button(description="Commit", button_style="primary")
        self.reply = widgets.HTML()
        self.entry.observe(self._changed, "value")
        self.button.on_click(self._committed)
        title = widgets.HTML(f'<b>Predict.</b> {html.escape(question)}', layout=wide)
        self.box = widgets.VBox([title, self.entry, self.button, self.reply])

    def _changed(self, change):
        self.reply.value = html.escape(f"You think: {self.entry.value}. Commit to it, then read on.")

    def _committed(self, _):
        self.reply.value = self.check(self.entry.value)._repr_html_()

    def check(self, value):
        """The feedback to one prediction."""
        if value is None:
            return Feedback(False, "Choose one first. A guess is welcome: it makes you look.")
        right = value == self.answer if self.options else math.isclose(value, self.answer, rel_tol=0, abs_tol=self.tolerance)
        said = self.answer if self.options else f"{self.answer:.4g}"
        return Feedback(right, f"{'Yes' if right else 'Not quite'}: {said}. {self.why}".strip())

    def _repr_mimebundle_(self, include=None, exclude=None):
        offered = f" ({' / '.join(map(str, self.options))})" if self.options else ""
        return {"application/vnd.jupyter.widget-view+json": {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id},
                "text/plain": f"Predict. {self.question}{offered}"}


# exercises


def check_number(value, answer, tolerance=None, *, mistakes=None):
    """Feedback on a number. `tolerance` is absolute, by default 1 % of the answer; `mistakes` {wrong number: hint}."""
    tolerance = 0.01 * abs(answer) if tolerance is None else tolerance
    if value is None or value is ...:
        return Feedback(False, "Not answered yet: put your number in place of the three dots.")
    value, given = _number(value), value
    if value is None:
        return Feedback(False, f"This should be one number, but it is {_short(given)}.")
    if abs(value - answer) <= tolerance:
        return Feedback(True, f"Right: {value:.6g}.")
    for wrong, hint in (mistakes or {}).items():
        if abs(value - wrong) <= tolerance:
            return Feedback(False, f"{value:.6g} is not it. {hint}")
    if not math.isfinite(value):
        return Feedback(False, f"The number is {value}: some run has left all bounds. Try smaller rates.")
    return Feedback(False, f"{value:.6g} is too {'large' if value > answer else 'small'}.")


def check_optimizer(rule, reference, *, mistakes=None, steps=20, lr=0.05, **hyper):
    """Feedback on an update rule, compared with `reference` step by step on a small valley; `mistakes` {wrong rule: hint}."""
    if rule is None or rule is ...:
        return Feedback(False, "Not written yet: define your rule, and give it to the check.")
    f, start = ravine(1, 10), np.array([3.0, -2.0])

    def path(rule, **hyper):
        states = iterate(f, start, rule, lr=lr, **hyper)
        return np.array([np.array(theta) for theta, *_ in (next(states) for _ in range(steps + 1))])  # copies: a rule may change theta in place

    right = path(reference, **hyper)
    try:
        yours = path(rule)
    except Exception as error:
        return Feedback(False, f"Your rule stops with {type(error).__name__}: {error}")
    if np.allclose(yours, right, rtol=1e-9, atol=1e-12):
        return Feedback(True, f"Right: {steps} steps, and every one equals `{reference.__name__}`.")
    slips = {(lambda theta, g, lr: theta): "Your rule leaves theta where it is.",
             (lambda theta, g, lr: theta + lr * g): "Your rule goes uphill: the gradient points up, so take it away.",
             (lambda theta, g, lr: theta - g): "Your rule forgets lr: the step is the gradient times the rate.",
             **(mistakes or {})}
    for slip, hint in slips.items():
        if np.allclose(yours[:4], path(slip)[:4], rtol=1e-9):
            return Feedback(False, hint)
    k = int(np.argmax(~np.isclose(yours, right, rtol=1e-9, atol=1e-12).all(axis=1)))
    here, there = _apart(yours[k], right[k])
    hint = "" if k == 1 else " The first step is right, so look at what your rule remembers from step to step."
    return Feedback(False, f"Step {k} ends at {here}, but should end at {there}.{hint}")


def check_schedule(schedule, reference, *, mistakes=None, steps=100):
    """Feedback on a schedule lr(t), compared with `reference` at t = 0 to steps - 1; `mistakes` {wrong schedule: hint}."""
    if schedule is None or schedule is ...:
        return Feedback(False, "Not written yet: define your schedule, and give it to the check.")
    if not callable(schedule):
        return Feedback(False, f"A schedule is a function of the step t, but this is {_short(schedule)}.")
    times = range(steps)
    right = np.array([float(reference(t)) for t in times])
    zero = 1e-12 * np.abs(right).max()  # what counts as zero, also among small rates
    yours = np.empty(steps)
    for t in times:
        try:
            rate = schedule(t)
        except OverflowError:
            return Feedback(False, f"At t = {t} your rate is too large for a computer's numbers: look at what you raise to a power.")
        except Exception as error:
            return Feedback(False, f"Your schedule stops at t = {t} with {type(error).__name__}: {error}")
        if rate is None:
            return Feedback(False, "Your schedule returns nothing: end it with `return` and the rate.")
        if isinstance(rate, str) or _number(rate) is None:
            return Feedback(False, f"The rate should be one number for each step, but at t = {t} it is {_short(rate)}.")
        yours[t] = _number(rate)
    if np.allclose(yours, right, rtol=1e-9, atol=zero):
        return Feedback(True, f"Right at all of the steps from 0 to {steps - 1}.")
    slips = {(lambda t: reference(t + 1)): "Your schedule is one step ahead: update 0 should use the first rate.",
             (lambda t: reference(max(t - 1, 0))): "Your schedule is one step behind: it uses the first rate twice.",
             **(mistakes or {})}
    for slip, hint in slips.items():
        if np.allclose(yours, [float(slip(t)) for t in times], rtol=1e-9, atol=zero):
            return Feedback(False, hint)
    k = int(np.argmax(~np.isclose(yours, right, rtol=1e-9, atol=zero)))
    here, there = _apart(yours[k], right[k])
    return Feedback(False, f"At t = {k} your rate is {here}, but should be {there}.")


def check_values(function, reference, *arguments, mistakes=None):
    """Feedback on a function that returns numbers, compared with `reference` on the same arguments; `mistakes` {wrong function: hint}."""
    if function is None or function is ...:
        return Feedback(False, "Not written yet: define your function, and give it to the check.")
    if not callable(function):
        return Feedback(False, f"Give the check your function itself, its name without brackets, not {_short(function)}.")
    right = np.asarray(reference(*arguments), float)
    zero = 1e-12 * np.max(np.abs(right), initial=0.0, where=np.isfinite(right))  # what counts as zero
    try:
        yours = function(*arguments)
    except Exception as error:
        return Feedback(False, f"Your function stops with {type(error).__name__}: {error}")
    if yours is None or yours is ...:
        return Feedback(False, "Your function returns nothing: end it with `return` and the numbers.")
    try:
        if np.iscomplexobj(yours):
            return Feedback(False, f"Your function should return real numbers, but it returns {_short(yours)}.")
        yours = np.asarray(yours, float)
    except OverflowError:
        return Feedback(False, "Your function returns a number that is too large for a computer's numbers: look at what you raise to a power.")
    except (TypeError, ValueError):
        return Feedback(False, f"Your function should return numbers, but it returns {_short(yours)}.")
    if yours.size != right.size:
        return Feedback(False, f"Your function should return {right.size} numbers, but it returns {yours.size}.")
    if yours.shape != right.shape:
        return Feedback(False, f"What your function returns should have the shape {right.shape}, but it has {yours.shape}.")
    if np.allclose(yours, right, rtol=1e-9, atol=zero):
        return Feedback(True, "Right." if right.size == 1 else f"Right: {right.size} numbers, and every one is as it should be.")
    for wrong, hint in (mistakes or {}).items():
        if np.allclose(yours, np.asarray(wrong(*arguments), float), rtol=1e-9, atol=zero):
            return Feedback(False, hint)
    k = int(np.argmax(~np.isclose(yours.ravel(), right.ravel(), rtol=1e-9, atol=zero)))
    here, there = _apart(yours.ravel()[k], right.ravel()[k])
    return Feedback(False, f"Number {k} (counted from 0) is {here}, but should be {there}.")


def check_score(run, at_least, *, mistakes=None):
    """Feedback on a walk on a black box, which must end lower than `at_least` % of the blind ones; `mistakes` {function of the run: hint}."""
    if run is None or run is ...:
        return Feedback(False, "Not walked yet: put your walk in place of the three dots.")
    try:
        reached = score(run)
    except (TypeError, ValueError) as error:
        return Feedback(False, f"{error}.")
    said = f"The walk {reached!r}."
    if round(100 * reached.share) >= at_least:  # as it is said
        return Feedback(True, said)
    if not math.isfinite(reached.loss):
        lost = 100 * np.mean(~np.isfinite(reached.blind))
        return Feedback(False, f"The walk has left all bounds, as {lost:.0f} % of the blind ones do. Where does this box stop to bear the rate?")
    hint = next((hint for wrong, hint in (mistakes or {}).items() if wrong(run)), f"{run.f.left} steps are left." if run.f.left else "")
    return Feedback(False, f"{hint} {said} Aim for {at_least} %.".strip())


def _apart(yours, right):
    """Both as text, with as many digits as it takes to see that they differ, at least six."""
    for digits in (6, 9, 17):
        texts = [", ".join(f"{x:.{digits}g}" for x in np.ravel(values)) for values in (yours, right)]
        if texts[0] != texts[1]:
            break
    return [f"[{text}]" if np.ndim(yours) else text for text in texts]


def _number(value):
    """`value` as a float, infinite where it is too large for one; None where it is no real number."""
    if isinstance(value, np.complexfloating):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except Exception:  # whatever a learner has written
        return None


def _short(value, most=60):
    try:
        text = repr(value)
    except Exception:  # such as a whole number of many thousand digits
        return f"something of the type {type(value).__name__}"
    return text if len(text) <= most else f"{text[:most]} ..."
