"""Predictions: a question, room for an answer, and a reason for those who ask for it."""

import ast
import html
import math
import re
import unicodedata
from dataclasses import KW_ONLY, dataclass
from numbers import Real

import ipywidgets as widgets

from .._internal.arguments import shown
from ..widgets import view_of

LONGEST = 60  # characters of a typed number
SEEN = 30  # of them an answer repeats
CLOSE = 0.01  # by default an answer is right to within this share of it
ROUNDING = 1e-9  # what counts as equal where an answer must be exact
GREEN, BLUE, ORANGE = "#009E73", "#0072B2", "#E69F00"  # safe for colour-blind readers


# numbers as people type them


def parse_number(text, unit=""):
    """The number that a text says: "1.25", "1,25", "5/4", "1e-3", "10^-3", "2 * 0.9**3", "−2".

    unit  what may stand behind the number, such as "%" or "yen". "50 %" is 50 where unit is "%".
    Raises ValueError, in words for a learner, for anything else.
    """
    typed = " ".join(str(text).split())
    if not typed:
        raise ValueError("Type a number first.")
    if len(typed) > LONGEST:
        raise ValueError("This is too long. Type one number, such as 1.25 or 5/4.")
    plain = _without_unit(_in_ascii(typed), _in_ascii(unit))
    if plain.lower().strip("+-() ") in ("inf", "infinity", "nan", "∞"):
        raise ValueError("Type a number that is finite.")
    if "%" in plain:
        raise ValueError("No percentage is asked for. Leave out the % and type the number alone.")
    try:
        value = _calculated(_tree(_with_points(plain)))
    except (SyntaxError, TypeError, RecursionError):
        seen = typed if len(typed) <= SEEN else f"{typed[:SEEN]} ..."
        raise ValueError(f"“{seen}” is no number. Type one such as 1.25, 5/4 or 1e-3.") from None
    except ZeroDivisionError:
        raise ValueError(f"“{typed}” divides by 0. Type a number.") from None
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError("This number is too large for a computer. Type a smaller one.")
    return value


def _in_ascii(text):
    """The same text with full-width digits, signs and powers as a keyboard has them."""
    text = re.sub("[⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: f"**{power[0]}", text)
    pieces = []
    for letter in text:
        same = unicodedata.normalize("NFKC", letter)
        pieces.append(f"({same})" if "\N{FRACTION SLASH}" in same else same)
    signs = {"−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/",
             "\N{FRACTION SLASH}": "/", "^": "**", "、": ",", "≈": "", "~": ""}
    return "".join(pieces).translate(str.maketrans(signs)).strip().removeprefix("=").strip()


def _without_unit(text, unit):
    if unit and text.lower().endswith(unit.lower()):
        return text[:-len(unit)].strip()
    return text


def _with_points(text):
    """The same number with a point for the decimal comma, and without what groups its digits."""
    text = re.sub(r"(?<=\d)[ '’](?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(?<![\d.,])0+(?=\d)", "", text)
    if re.search(r"(?<![\d.,])[1-9]\d{0,2},\d{3}(?![\d,.])", text):
        with_point, whole = text.replace(",", "."), text.replace(",", "")
        raise ValueError(f"“{text}” can be read in two ways. Type {with_point} or {whole}.")
    text = re.sub(r"\d{1,3}(,\d{3})+(\.|(?![\d,]))", _ungrouped, text)
    return text.replace(",", ".")


def _tree(text):
    """The expression that a text is; TypeError where it has more than numbers and arithmetic."""
    if not re.fullmatch(r"[\d.eE+\-*/() ]+", text, re.ASCII):
        raise TypeError("no arithmetic")
    return ast.parse(text.strip(), mode="eval").body


def _ungrouped(found):
    groups = found[0].count(",")
    return found[0].replace(",", "") if groups > 1 or "." in found[0] else found[0]


def _calculated(node):
    """The value of an arithmetic expression; TypeError where it is more than arithmetic."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_calculated(node.operand)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
        return _calculated(node.operand)
    if not isinstance(node, ast.BinOp):
        raise TypeError("no arithmetic")
    left, right = _calculated(node.left), _calculated(node.right)
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    if isinstance(node.op, ast.Div):
        return left / right
    if isinstance(node.op, ast.Pow) and (left >= 0 or right.is_integer()):
        return left ** right
    raise TypeError("no arithmetic")


def reach(answer, tolerance=None):
    """How far from the answer a number may be, and is still right. It is never 0."""
    rounding = ROUNDING * abs(answer) if answer else ROUNDING
    if tolerance is None:
        tolerance = CLOSE * abs(answer)
    return max(tolerance, rounding)


def in_words(number):
    """A number as a sentence says it: 1.25, 44, 190,000."""
    number = float(number)
    if number.is_integer() and abs(number) < 1e9:
        return f"{number:,.0f}" if abs(number) >= 1e5 else f"{number:.0f}"
    return f"{number:.4g}"


def nearest_hint(value, hints, tolerance):
    """The words of the hint that fits a number, or "".

    hints  pairs (wrong, words), where wrong is a number, a span (low, high) that it lies inside of,
           or a predicate; of several that fit, the nearest is told.
    """
    fitting = []
    for wrong, words in hints:
        if callable(wrong) or isinstance(wrong, tuple):
            if wrong(value) if callable(wrong) else wrong[0] < value < wrong[1]:
                fitting.append((0.0, words))
            continue
        near = tolerance
        if not float(wrong).is_integer():
            near = max(near, CLOSE / 2 * abs(wrong))
        if abs(value - wrong) <= max(near, ROUNDING * abs(wrong)):
            fitting.append((abs(value - wrong), words))
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else ""


# questions


def check_text(**texts):
    """A TypeError for the first of these, given by name, that is no text."""
    for name, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f"{name} must be text, not {shown(text)}")


def check_tolerance(tolerance):
    """A ValueError unless this is a number, 0 or above, or None."""
    if tolerance is not None and not (is_finite(tolerance) and tolerance >= 0):
        raise ValueError(f"tolerance must be 0 or above, not {shown(tolerance)}")


def is_finite(value):
    """Whether this is one finite number, and no text of one."""
    try:
        return not isinstance(value, str) and math.isfinite(value)
    except (TypeError, OverflowError):
        return False


def as_hints(hints):
    """The hints as a list of pairs; a teacher may have written a dictionary."""
    try:
        pairs = hints.items() if isinstance(hints, dict) else hints
        return [(wrong, words) for wrong, words in pairs]
    except (TypeError, ValueError):
        raise TypeError(f"hints must be pairs (wrong answer, words), not {shown(hints)}") from None


def as_options(options):
    """The options of a choice as a list of texts or numbers."""
    if isinstance(options, str) or not hasattr(options, "__iter__"):
        raise TypeError(f"options must be a list of texts, not {shown(options)}")
    options = list(options)
    if not all(isinstance(option, str | Real) for option in options):
        raise TypeError(f"options must be texts or numbers, not {shown(options)}")
    if len(set(options)) < len(options):
        raise ValueError(f"options must differ, and they are {shown(options)}")
    return options


@dataclass(frozen=True, repr=False)
class Number:
    """A question whose answer is a number. Call it to ask it.

    tolerance  how far off a right prediction may be, by default 1 % of the answer.
    why        the reason, said with the answer.
    hints      pairs (wrong number, span or predicate, words): what to say to a likely mistake.
    unit       what the number counts, such as "%" or "yen"; a learner may type it or leave it out.
    """

    question: str
    answer: float
    _: KW_ONLY
    why: str = ""
    hints: list = ()
    tolerance: float | None = None
    unit: str = ""

    def __post_init__(self):
        check_text(question=self.question, why=self.why, unit=self.unit)
        if not is_finite(self.answer):
            raise ValueError(f"answer must be a finite number, not {shown(self.answer)}")
        check_tolerance(self.tolerance)
        object.__setattr__(self, "hints", as_hints(self.hints))
        for wrong, _ in self.hints:
            if not (callable(wrong) or isinstance(wrong, tuple) or is_finite(wrong)):
                raise ValueError("a hint must be for a number, a span or a predicate, "
                                 f"not for {shown(wrong)}")

    def __call__(self):
        return Prediction(self)

    def __repr__(self):
        return f"<Number: {self.question} Ask it with brackets behind its name.>"

    @property
    def text(self):
        """The question as plain text."""
        return f"Predict. {self.question}"

    def entry(self):
        """The widget that takes an answer. It sends the whole of it, once it is left."""
        return widgets.Text(value="", placeholder="type a number", description="your prediction",
                            continuous_update=False, style={"description_width": "initial"})

    def read(self, entered):
        """What was entered, as a number; ValueError in words where it is none."""
        return parse_number(entered, self.unit)

    def shown(self, given):
        """An answer as a sentence says it."""
        return f"{in_words(given)} {self.unit}".strip()

    def is_right(self, given):
        """Whether a number is close enough to the answer."""
        return abs(given - self.answer) <= reach(self.answer, self.tolerance)

    def hint(self, given):
        """What to say to a wrong answer, or ""."""
        return nearest_hint(given, self.hints, reach(self.answer, self.tolerance))


@dataclass(frozen=True, repr=False)
class Choice:
    """A question with a few options, one of which is right. Call it to ask it.

    why    the reason, said with the answer.
    hints  pairs (wrong option, words): what to say to a likely mistake.
    """

    question: str
    options: list
    answer: str
    _: KW_ONLY
    why: str = ""
    hints: list = ()

    def __post_init__(self):
        check_text(question=self.question, why=self.why)
        object.__setattr__(self, "options", as_options(self.options))
        object.__setattr__(self, "hints", as_hints(self.hints))
        if self.answer not in self.options:
            raise ValueError(f"answer must be one of the options {shown(self.options)}, "
                             f"not {shown(self.answer)}")
        for wrong, _ in self.hints:
            if wrong not in self.options or wrong == self.answer:
                raise ValueError(f"a hint must be for a wrong option, not for {shown(wrong)}")

    def __call__(self):
        return Prediction(self)

    def __repr__(self):
        return f"<Choice: {self.question} Ask it with brackets behind its name.>"

    @property
    def text(self):
        """The question and its options as plain text."""
        return f"Predict. {self.question} ({' / '.join(map(str, self.options))})"

    def entry(self):
        """The widget that takes an answer: none of the options is chosen."""
        wide = widgets.Layout(width="max-content", max_width="100%")
        return widgets.RadioButtons(options=list(self.options), value=None, layout=wide)

    def read(self, entered):
        """What was entered; ValueError in words where it is nothing."""
        if entered is None:
            raise ValueError("Choose one first.")
        return entered

    def shown(self, given):
        """An answer as a sentence says it."""
        return f"“{given}”"

    def is_right(self, given):
        """Whether this option is the answer."""
        return given == self.answer

    def hint(self, given):
        """What to say to a wrong answer, or ""."""
        return dict(self.hints).get(given, "")


def predict(question, answer, tolerance=None, *, options=None, why="", hints=(), unit=""):
    """Ask a question of your own, and tell its answer once somebody has committed to a prediction.

    answer   a number, right to within `tolerance` (by default 1 % of it), or one of the `options`.
    options  the texts to choose from; without them a number is asked for.
    why      the reason, said with the answer.
    hints    pairs (wrong answer, words).
    unit     what the number counts, such as "%".
    """
    if options is not None:
        if tolerance is not None or unit:
            raise TypeError("tolerance and unit are for a number, not for options")
        return Choice(question, options, answer, why=why, hints=hints)()
    return Number(question, answer, why=why, hints=hints, tolerance=tolerance, unit=unit)()


# what a cell displays


class Prediction:
    """A question as a cell displays it: room for an answer, *Commit*, and *Show the answer*.

    asked  the `Number` or `Choice`.
    said   what was committed; None before that. It is not taken back.
    """

    def __init__(self, asked):
        self.asked = asked
        self.said = None
        self.entry = asked.entry()
        self.button = widgets.Button(description="Commit", button_style="primary")
        self.tell = widgets.Button(description="Show the answer", disabled=True)
        self.reply = widgets.HTML()
        self.button.on_click(lambda _: self.commit())
        self.tell.on_click(lambda _: self.show())
        self.entry.observe(self._entered, "value")
        wide = widgets.Layout(width="100%")
        words = f"<b>Predict.</b> {html.escape(asked.question)}"
        question = widgets.HTML(f'<div style="line-height:1.5;max-width:60em">{words}</div>',
                                layout=wide)
        buttons = widgets.HBox([self.button, self.tell])
        self.box = widgets.VBox([question, self.entry, buttons, self.reply])
        self.box.add_class("lrteach-prediction")

    def _entered(self, change):
        """Say how a typed answer is understood. The Enter key brings us here, no commit."""
        if self.said is not None or not isinstance(self.asked, Number) or not change["new"].strip():
            return
        try:
            read = self.asked.shown(self.asked.read(change["new"]))
        except ValueError as error:
            self._reply(str(error), ORANGE)
        else:
            self._reply(f"This is {read}. Press Commit to keep it.", BLUE)

    def commit(self):
        """Keep what was entered, if it is an answer, and say so."""
        if self.said is not None:
            return
        try:
            self.said = self.asked.read(self.entry.value)
        except ValueError as error:
            self._reply(str(error), ORANGE)
            return
        self.entry.disabled = True
        self.button.disabled = True
        self.tell.disabled = False
        self._reply(f"You said {self.asked.shown(self.said)}. "
                    "Now run the next cell and compare.", BLUE)

    def show(self):
        """Tell the answer and its reason, once something was committed."""
        if self.said is None:
            self._reply("Commit to a prediction first.", ORANGE)
            return
        self.tell.disabled = True
        right = self.asked.is_right(self.said)
        self._reply(self.verdict(self.said), GREEN if right else BLUE)

    def verdict(self, given):
        """What is said to an answer: whether it is right, and why."""
        said, answer = self.asked.shown(given), self.asked.shown(self.asked.answer)
        why = self.asked.why
        if self.asked.is_right(given):
            exact = "" if said == answer else f", to be exact {answer}"
            return f"✓ You said {said}. Right{exact}{_after_colon(why)}"
        hint = self.asked.hint(given)
        return f"You said {said}. {f'{hint} ' if hint else ''}It is {answer}{_after_colon(why)}"

    def _reply(self, words, color):
        self.reply.value = boxed(words, color)

    def __repr__(self):
        return self.asked.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {**view_of(self.box), "text/plain": self.asked.text}


def _after_colon(why):
    return f": {why}" if why else "."


def boxed(words, color):
    """Words in a box with a coloured edge, as HTML. A new line begins a new line."""
    lines = html.escape(words).replace("\n", "<br>")
    return (f'<div role="status" style="border-left:6px solid {color};padding:6px 14px;'
            f'line-height:1.5;max-width:60em;white-space:normal">{lines}</div>')
