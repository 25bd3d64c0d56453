"""A notebook in a real kernel, seen as a front end sees it: only by the messages that pass.

What a front end knows of a widget is what `comm_open` and `update` messages said, and a control
is moved by sending such a message. So nothing here depends on the version of ipywidgets, nor on
the Python, that the kernel runs with.
"""

import functools
import itertools
import json
import re
import time
from pathlib import Path

import nbformat
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTION = re.compile(
    r"<details>\s*<summary>Solution</summary>\s*```python\n(.*?)\n```.*?</details>", re.DOTALL
)
SLIDERS = ["IntSlider", "FloatSlider", "FloatLogSlider"]
NUMBERS = [*SLIDERS, "BoundedIntText", "BoundedFloatText", "Play"]
TEXTS = ["FloatText", "IntText"]  # numbers without bounds
ASKED = "lrteach-prediction"  # the class of the box around a question
CHOICES = ["Dropdown", "ToggleButtons", "RadioButtons", "Select", "SelectionSlider"]
FLAGS = ["Checkbox", "ToggleButton"]
PLACES = ["Place"]  # a hidden text box: a click in a panel writes "x y" there, fractions of it
CONTROLS = [*NUMBERS, *TEXTS, *PLACES, *CHOICES, *FLAGS, "Button"]
BOXES = ["Box", "HBox", "VBox", "GridBox", "Tab", "Accordion"]
PASSIVE = ["HTML", "HTMLMath", "Label", "Image", "Output", *BOXES]
UNCOMPARED = ["image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"]  # as in nbval


def kernelspec(folder, python, env=None):
    """Write a kernelspec named `lrteach` for this Python under folder/kernels.

    JUPYTER_PATH=folder finds it.
    """
    spec = {
        "argv": [
            str(python),
            "-Xfrozen_modules=off",
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
        ],
        "display_name": "lrteach",
        "language": "python",
        "env": env or {},
    }
    path = Path(folder) / "kernels" / "lrteach" / "kernel.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path.parent.parent


class Kernel:
    """A kernel, and every widget in it as its messages describe it: `widgets[id] = state`."""

    def __init__(self, specs, cwd=ROOT / "notebooks"):
        self.widgets, self.cell = {}, None
        for last in (
            False,
            False,
            True,
        ):  # a kernel that finds its port taken by another ends at once: start one more
            self.manager = KernelManager(
                kernel_name="lrteach",
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(specs)]),
            )
            self.manager.start_kernel(cwd=str(cwd))
            self.client = self.manager.blocking_client()
            self.client.start_channels()
            try:
                return self.client.wait_for_ready(timeout=60)
            except RuntimeError:
                self.__exit__()
                if last:
                    raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def execute(self, code):
        """Run a cell; its outputs, as (message type, content)."""
        return self._until_idle(self.client.execute(code, store_history=True, stop_on_error=False))

    def send(self, widget, data):
        """Send a widget what a front end sends; the outputs that this caused."""
        message = self.client.session.msg("comm_msg", {"comm_id": widget, "data": data})
        self.client.shell_channel.send(message)
        return self._until_idle(message["header"]["msg_id"])

    def update(self, widget, **state):
        self.widgets[widget].update(state)
        return self.send(widget, {"method": "update", "state": state, "buffer_paths": []})

    def click(self, widget):
        return self.send(widget, {"method": "custom", "content": {"event": "click"}})

    def html(self):
        """What all the pictures and messages show now."""
        return {
            name: state["value"]
            for name, state in self.widgets.items()
            if state["_model_name"] == "HTMLModel"
        }

    def _until_idle(self, request, seconds=300):  # two kernels share two cores, or fewer
        outputs, end = [], time.monotonic() + seconds
        while True:
            message = self.client.get_iopub_msg(timeout=max(0, end - time.monotonic()))
            kind, content = message["msg_type"], message["content"]
            if (
                kind == "status"
                and content["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == request
            ):
                return outputs
            if kind == "comm_open" and "_model_name" in content["data"].get("state", {}):
                self.widgets[content["comm_id"]] = {**content["data"]["state"], "cell": self.cell}
            elif kind == "comm_msg" and content["comm_id"] in self.widgets:
                self.widgets[content["comm_id"]].update(content["data"].get("state", {}))
            elif kind == "comm_close":
                self.widgets.pop(content["comm_id"], None)
            elif kind == "stream" and outputs and outputs[-1][1].get("name") == content["name"]:
                outputs[-1][1]["text"] += content["text"]  # one print can come in pieces
            elif kind == "clear_output":
                outputs.clear()
            elif kind in ("stream", "error", "display_data", "execute_result"):
                outputs.append((kind, content))


class Session(Kernel):
    """A notebook in one kernel. It is run once, and serves every test that asks what came of it.

    first      {number of a cell: its outputs} of Run All, with the exercises' stubs as they are
    again      the same of running every code cell once more, last to first
    exercises  (number, outputs of the stub, solution or None, its outputs), solved after all that
    """

    def __init__(self, path, specs, edit=lambda source: source):
        super().__init__(specs, cwd=path.parent)
        self.cells, self.edit = nbformat.read(path, as_version=4).cells, edit
        self.first = {n: self._run(n, cell.source) for n, cell in self.code()}

    def code(self):
        """(number, cell) of each code cell."""
        return [(n, cell) for n, cell in enumerate(self.cells, 1) if cell.cell_type == "code"]

    @functools.cached_property
    def again(self):
        self.widgets.clear()  # what is shown from now on is new
        return {n: self._run(n, cell.source) for n, cell in reversed(self.code())}

    @functools.cached_property
    def exercises(self):
        found = []
        for n, cell in self.code():
            if "exercise" in cell.metadata.get("tags", []):
                block = SOLUTION.search(self.cells[n].source) if n < len(self.cells) else None
                solved = self._run(n, block[1]) if block else []
                found.append((n, self.first[n], block and block[1], solved))
        return found

    @property
    def problems(self):
        """What was red in Run All or in a solution."""
        solved = [(n, outputs) for n, _, _, outputs in self.exercises]
        ran = [*self.first.items(), *solved]
        return [f"cell {n}: {words}" for n, outputs in ran for words in red(outputs)]

    def _run(self, n, source):
        self.cell = n
        return self.execute(self.edit(source))


def said(outputs, only=None):
    """{kind of text: all texts of that kind}, the way that nbval compares them.

    only  the kinds that count; None means all that nbval compares.
    """
    texts = {}
    for kind, content in outputs:
        if kind == "stream":
            found = {content["name"]: content["text"]}
        elif kind == "error":
            found = {"error": f"{content['ename']}: {content['evalue']}"}
        else:
            found = content["data"]
        for name, text in found.items():
            if name not in UNCOMPARED and (only is None or name in only):
                texts.setdefault(name, []).append(text)
    return texts


def differences(before, after, only=None):
    """In what two lists of outputs differ, in words."""
    before, after = said(before, only), said(after, only)
    found = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name, []), after.get(name, [])
        if was != now:
            found.append(f"{name} was {first_difference(was, now)}")
    return found


def first_difference(was, now):
    """The first line that is not the same in two lists of texts."""
    was, now = ("\n".join(map(str, texts)).splitlines() for texts in (was, now))
    for one, other in itertools.zip_longest(was, now, fillvalue="nothing"):
        if one != other:
            return f"{one!r}, is {other!r}"
    return f"in {len(was)} pieces, is in {len(now)}"


def changed_outputs(session, skip=()):
    """Where Run All printed something else than the file has stored, as strict nbval says it."""
    found = []
    for n, cell in session.code():
        if n not in skip:
            stored = [(output.output_type, output) for output in cell.outputs]
            found += [f"cell {n}: {words}" for words in differences(stored, session.first[n])]
    return found


def order_problems(session):
    """Where a cell printed something else when it was run once more, last to first."""
    texts = ["stdout", "stderr", "error", "text/plain"]
    return [
        f"cell {n}: {words}"
        for n, outputs in sorted(session.again.items())
        for words in differences(session.first[n], outputs, texts)
    ]


def red(outputs):
    """What a learner would see in red, in words."""
    return [
        f"{content['ename']}: {content['evalue']}"
        if kind == "error"
        else content["text"].strip().splitlines()[-1]
        for kind, content in outputs
        if kind == "error" or content.get("name") == "stderr"
    ]


def feedback(outputs):
    """The sentence that a check answered with: the last displayed object's text."""
    return next(
        (content["data"]["text/plain"] for _, content in reversed(outputs) if "data" in content), ""
    )


def exercise_problems(session):
    """Each stub must run and answer with a hint, each solution must pass its own check."""
    found = []
    for n, stub, solution, solved in session.exercises:
        if red(stub) or not feedback(stub).startswith("✗"):
            found.append(
                f"cell {n}: the stub answers {feedback(stub)!r}, not a hint that begins with ✗"
            )
        if solution is None:
            found.append(f"cell {n}: no solution in the next cell's <details> block")
        elif red(solved) or not feedback(solved).startswith("✓"):
            found.append(f"cell {n}: the solution answers {feedback(solved)!r}, not ✓")
    return found


def kind(state):
    if any(name.startswith("lrteach-panel") for name in state.get("_dom_classes", ())):
        return "Place"
    return state["_model_name"].removesuffix("Model")


def positions(state):
    """(what a front end sends, the values over a control's whole range, both ends included)."""
    if kind(state) in CHOICES:
        return "index", list(range(len(state["_options_labels"])))
    if kind(state) in FLAGS:
        return "value", [not state["value"], state["value"]]
    if kind(state) in PLACES:
        return "value", ["0.1 0.9", "0.5 0.5", "0.9 0.1"]
    if kind(state) in TEXTS:
        return "value", [-1000000, -1, 0, 1, 2, 10, 1000000]
    low, high = state["min"], state["max"]
    step = state.get("step") or (high - low) / 6
    whole = int((high - low) / step + 1e-9)  # the last stop may lie below the end
    values = sorted({low + step * round(k * whole / 6) for k in range(6)} | {high})
    if kind(state) == "FloatLogSlider":
        values = [state["base"] ** value for value in values]
    return "value", [
        value if isinstance(value, int) else float(f"{value:.12g}") for value in values
    ]


def scenes(session):
    """The controls grouped by the outermost box they stand in."""
    parent = {
        child.removeprefix("IPY_MODEL_"): box
        for box, state in session.widgets.items()
        for child in state.get("children", [])
    }
    groups = {}
    for widget, state in session.widgets.items():
        if kind(state) in CONTROLS and not state.get("disabled"):
            root = widget
            while root in parent:
                root = parent[root]
            groups.setdefault(root, []).append(widget)
    return list(groups.values())


def inside(session, box):
    """A box and all widgets that stand in it, in order."""
    found = [box]
    for child in session.widgets[box].get("children", []):
        found += inside(session, child.removeprefix("IPY_MODEL_"))
    return found


def control_problems(session):
    """Move every control over its range, as a hand would: nothing fails, every move shows."""
    asked = [
        inside(session, widget)
        for widget, state in session.widgets.items()
        if ASKED in (state.get("_dom_classes") or [])
    ]
    in_questions = {widget for question in asked for widget in question}
    unknown = [
        f"cell {state['cell']}: no test knows how to move a {kind(state)}"
        for widget, state in session.widgets.items()
        if state["_view_name"]
        and widget not in in_questions
        and not kind(state).endswith(("Style", "Layout"))
        and kind(state) not in CONTROLS + PASSIVE
    ]
    groups = [group for group in scenes(session) if not in_questions.intersection(group)]
    found = [] if groups or asked else ["no control was found"]
    for group in groups:
        found += Hand(session, group).problems
    for question in asked:
        found += prediction_problems(session, question)
    return unknown + found


def prediction_problems(session, question):
    """Answer a question as a learner does: nothing, then something, then ask for the reason.

    Where a number is asked for, what is typed is read back, and "5/4" is the same as "1.25".
    """
    entry, commit, tell = (
        widget
        for widget in question
        if kind(session.widgets[widget]) in ("Text", "RadioButtons", "Button")
    )
    cell, found = session.widgets[entry]["cell"], []

    def reply(words, *buttons, **state):
        """What the question shows after something was entered, and a button was pressed."""
        outputs = session.update(entry, **state) if state else []
        for button in buttons:
            outputs += session.click(button)
        if outputs:
            wrong = " ".join(red(outputs)) or "output outside of it"
            found.append(f"cell {cell}, prediction, {words}: {wrong}")
        return "".join(session.html()[name] for name in question if name in session.html())

    replies = [reply("at first"), reply("nothing", commit)]
    if kind(session.widgets[entry]) == "Text":
        replies.append(reply("typed 'abc'", commit, value="abc"))
        replies.append(reply("typed '1.25'", value="1.25"))
        if reply("typed '5/4'", value="5/4") != replies[-1]:
            found.append(f"cell {cell}, prediction: 5/4 is not read as 1.25")
        replies.append(reply("committed", commit))
    else:
        replies.append(reply("committed", commit, index=0))
    replies.append(reply("the answer", tell))
    if len(set(replies)) < len(replies):
        found.append(f"cell {cell}, prediction: it does not reply to each act")
    return found


class Hand:
    """Moves the controls of one scene."""

    def __init__(self, session, group):
        self.session, self.problems = session, []
        buttons = [widget for widget in group if kind(self[widget]) == "Button"]
        self.waiting = [widget for widget in group if widget not in buttons]
        others = self.shown = [widget for widget in self.waiting if not self.hidden(widget)]
        for widget in others:
            self.move(widget)
        for widget in self.waiting:
            self.say(widget, "no choice shows it")
        self.press(buttons, others)

    def __getitem__(self, widget):
        return self.session.widgets[widget]

    def say(self, widget, words):
        state = self[widget]
        self.problems.append(
            f"cell {state['cell']}, {kind(state)} {state.get('description', '')!r}: {words}"
        )

    def hidden(self, widget):
        """Whether a control, or a box around it, takes no part in the page now."""
        if kind(self[widget]) in PLACES:
            return False  # nobody sees it, and everybody can click
        layout = self[widget].get("layout") or ""
        layout = self.session.widgets.get(layout.removeprefix("IPY_MODEL_"), {})
        boxes = [
            box
            for box, state in self.session.widgets.items()
            if f"IPY_MODEL_{widget}" in state.get("children", [])
        ]
        return layout.get("display") == "none" or any(self.hidden(box) for box in boxes)

    def act(self, widget, words, action, *args, **state):
        """Do it; whether anything that is shown has changed."""
        before = self.session.html()
        outputs = action(widget, *args, **state)
        after = self.session.html()
        for output, content in outputs:
            wrong = " ".join(red([(output, content)])) or f"{output} outside of the scene"
            self.say(widget, f"{words}: {wrong}")
        self.problems += [
            f"cell {self[name]['cell']}, {words}: {re.sub('<[^>]+>', ' ', value).strip()}"
            for name, value in after.items()
            if "lrteach-error" in value and value != before.get(name)
        ]
        return before != after

    def moves(self, widget):
        """The values to visit, each new; the last is where the control stood."""
        name, values = positions(self[widget])
        start = self[widget][name]
        here = start
        for value in values if kind(self[widget]) in PLACES else [*values, start]:
            if value != here:
                yield name, value
                here = value

    def move(self, widget):
        """Move a control over its range, and where it makes another one show, that one, too."""
        if widget not in self.waiting:
            return
        self.waiting.remove(widget)
        for name, value in self.moves(widget):
            if not self.act(widget, f"at {value}", self.session.update, **{name: value}):
                self.say(widget, f"at {value}: nothing that is shown changed")
            for other in [other for other in self.waiting if not self.hidden(other)]:
                if other not in self.shown:
                    self.move(other)

    def press(self, buttons, others):
        """Press every button, twice round, from a place in the middle: each must once show."""
        for widget in others[:1]:
            name, values = positions(self[widget])
            middle = values[len(values) // 2]
            self.act(widget, "to its middle", self.session.update, **{name: middle})
        shown = {
            widget
            for _ in range(2)
            for widget in buttons
            if self.act(widget, "pressed", self.session.click)
        }
        for widget in set(buttons) - shown:
            self.say(widget, "nothing that is shown changed")
