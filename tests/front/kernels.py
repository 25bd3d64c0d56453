"""A notebook in a real kernel, seen as a front end sees it: only by the messages that pass.

What a front end knows of a widget is what `comm_open` and `update` messages said, and a control is moved by sending such a
message. So nothing here depends on the version of ipywidgets, nor on the Python, that the kernel runs with.
"""

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
NUMBERS = [
    "IntSlider",
    "FloatSlider",
    "FloatLogSlider",
    "BoundedIntText",
    "BoundedFloatText",
    "Play",
]
TEXTS = ["FloatText", "IntText"]  # numbers without bounds
ASKED = "lrteach-prediction"  # the class of the box around a question
CHOICES = ["Dropdown", "ToggleButtons", "RadioButtons", "Select", "SelectionSlider"]
FLAGS = ["Checkbox", "ToggleButton"]
PLACES = [
    "Place"
]  # a hidden text box, into which a click in the picture writes "x y", fractions of a panel
CONTROLS = [*NUMBERS, *TEXTS, *PLACES, *CHOICES, *FLAGS, "Button"]
PASSIVE = [
    "HTML",
    "HTMLMath",
    "Label",
    "Image",
    "Output",
    "Box",
    "HBox",
    "VBox",
    "GridBox",
    "Tab",
    "Accordion",
]


def kernelspec(folder, python, env=None):
    """Write a kernelspec named `lrteach` for this Python under folder/kernels; JUPYTER_PATH=folder finds it."""
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
    path.write_text(json.dumps(spec))
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

    def _until_idle(self, request, seconds=120):
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
            elif kind in ("stream", "error", "display_data", "execute_result"):
                outputs.append((kind, content))


class Session(Kernel):
    """A notebook's cells run in order in one kernel, each exercise as the learner does it: the stub, then the solution.

    `problems` says what went wrong; `exercises` holds (cell number, stub's outputs, solution or None, its outputs).
    """

    def __init__(self, path, specs):
        super().__init__(specs, cwd=path.parent)
        self.problems, self.exercises = [], []
        cells = nbformat.read(path, as_version=4).cells
        for n, cell in enumerate(cells, 1):
            if cell.cell_type == "code":
                outputs = self._run(n, cell.source)
                if "exercise" in cell.metadata.get("tags", []):
                    block = SOLUTION.search(cells[n].source) if n < len(cells) else None
                    self.exercises.append(
                        (n, outputs, block and block[1], self._run(n, block[1]) if block else [])
                    )

    def _run(self, n, source):
        self.cell = n
        outputs = self.execute(source)
        self.problems += [f"cell {n}: {words}" for words in red(outputs)]
        return outputs


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
    """(the name of what a front end sends, the values over a control's whole range, both ends included)."""
    if kind(state) in CHOICES:
        return "index", list(range(len(state["_options_labels"])))
    if kind(state) in FLAGS:
        return "value", [not state["value"], state["value"]]
    if kind(state) in PLACES:
        return "value", ["0.1 0.9", "0.5 0.5", "0.9 0.1"]
    if kind(state) in TEXTS:
        return "value", [-1000000, -1, 0, 1, 2, 10, 1000000]
    low, high, step = (
        state["min"],
        state["max"],
        state.get("step") or (state["max"] - state["min"]) / 6,
    )
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
    """Move every control over its range, as a hand would: nothing may fail, and every move must show."""
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
    """Answer a question: first with nothing, then with an answer, then ask for the solution. Each must be replied to."""
    entry, commit, tell = (
        widget
        for widget in question
        if kind(session.widgets[widget]) in ("Text", "RadioButtons", "Button")
    )
    cell, found = session.widgets[entry]["cell"], []
    first = {"index": 0} if kind(session.widgets[entry]) == "RadioButtons" else {"value": "3"}
    for action, widget, state in [
        ("commit nothing", commit, {}),
        ("commit", commit, first),
        ("ask", tell, {}),
    ]:
        before = session.html()
        outputs = session.update(entry, **state) if state else []
        outputs += session.click(widget)
        found += (
            [
                f"cell {cell}, prediction, {action}: {' '.join(red(outputs)) or 'output outside of it'}"
            ]
            if outputs
            else []
        )
        if session.html() == before:
            found.append(f"cell {cell}, prediction, {action}: no feedback")
    return found


class Hand:
    """Moves the controls of one scene."""

    def __init__(self, session, group):
        self.session, self.problems = session, []
        buttons = [widget for widget in group if kind(self[widget]) == "Button"]
        others = [widget for widget in group if widget not in buttons]
        for widget in others:
            self.move(widget)
        self.press(buttons, others)

    def __getitem__(self, widget):
        return self.session.widgets[widget]

    def say(self, widget, words):
        state = self[widget]
        self.problems.append(
            f"cell {state['cell']}, {kind(state)} {state.get('description', '')!r}: {words}"
        )

    def act(self, widget, words, action, *args, **state):
        """Do it; whether anything that is shown has changed."""
        before = self.session.html()
        outputs = action(widget, *args, **state)
        after = self.session.html()
        for output, content in outputs:
            self.say(
                widget,
                f"{words}: {' '.join(red([(output, content)])) or f'{output} outside of the scene'}",
            )
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
        for name, value in self.moves(widget):
            if not self.act(widget, f"at {value}", self.session.update, **{name: value}):
                self.say(widget, f"at {value}: nothing that is shown changed")

    def press(self, buttons, others):
        """Press every button, twice round, from a place in the middle: each must change something at least once."""
        for widget in others[:1]:
            name, values = positions(self[widget])
            self.act(
                widget, "to its middle", self.session.update, **{name: values[len(values) // 2]}
            )
        shown = {
            widget
            for _ in range(2)
            for widget in buttons
            if self.act(widget, "pressed", self.session.click)
        }
        for widget in set(buttons) - shown:
            self.say(widget, "nothing that is shown changed")
