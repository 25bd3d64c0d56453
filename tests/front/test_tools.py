"""The tools see what is wrong: each is shown small notebooks with a fault."""

import nbformat
import pytest
from kernels import Session, control_problems, exercise_problems
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import notebooks as tool

SETUP = """\
import ipywidgets as widgets
def scene(show, *controls):
    picture = widgets.HTML("at first")
    def moved(change=None):
        picture.value = show([getattr(control, "value", None) for control in controls])
    for control in controls:
        control.on_click(moved) if isinstance(control, widgets.Button) else control.observe(moved, "value")
    return widgets.VBox([picture, *controls])
"""
SLIDER = "widgets.FloatSlider(value=0.3, min=0.0, max=1.0, step=0.1, description='rate')"


def write(folder, *cells):
    path = folder / "00_small.ipynb"
    cells = [cell if isinstance(cell, dict) else new_code_cell(cell) for cell in cells]
    nbformat.write(new_notebook(cells=cells), path)
    return path


CHECK = """\
class Feedback(str):
    __repr__ = str.__str__
def check_one(x):
    return Feedback("✓ Yes." if x == 1 else "✗ Not yet.")
"""


def exercise(stub, solution):
    return [
        new_code_cell(stub, metadata={"tags": ["exercise"]}),
        new_markdown_cell(
            f"<details>\n<summary>Solution</summary>\n\n```python\n{solution}\n```\n\n</details>"
        ),
    ]


@pytest.fixture
def moved(tmp_path, specs):
    """What moving the controls of a notebook with these cells says."""

    def move(*cells):
        with Session(write(tmp_path, SETUP, *cells), specs) as session:
            assert session.problems == []
            return control_problems(session)

    return move


def test_controls_that_work(moved):
    log = "widgets.FloatLogSlider(value=1e-3, min=-7, max=1)"
    assert (
        moved(
            f"scene(str, {SLIDER}, {log}, widgets.IntSlider(7, 1, 50), widgets.Dropdown(options=['sgd', 'adam']), "
            "widgets.ToggleButtons(options=[('a', 1), ('b', 2)]), widgets.Checkbox(), widgets.Play(max=50), "
            "widgets.BoundedFloatText(2.0, min=0.0, max=10.0))",
            "from itertools import count\nsteps = count()\n"
            "scene(lambda values: str(next(steps)), widgets.Button(description='Step'))",
        )
        == []
    )


@pytest.mark.parametrize(
    "show, words",
    {
        "lambda values: 1 / (values[0] - 1)": "at 1.0: ZeroDivisionError",
        "lambda values: 'always this'": "nothing that is shown changed",
        "lambda values: str(values) if values[0] > 0 else '<b class=\"lrteach-error\">zero</b>'": "at 0.0: zero",
        "lambda values: print(values) or str(values)": "stream outside of the scene",
        "lambda values: str(min(values[0], 0.75))": "at 1.0: nothing that is shown changed",
    }.items(),
)
def test_controls_that_fail(moved, show, words):
    found = moved(f"scene({show}, {SLIDER})")
    assert found and words in " ".join(found)


def test_controls_that_cannot_be_tested(moved):
    assert moved() == ["no control was found"]
    assert "no test knows how to move a Text" in moved("scene(str, widgets.Text())")[0]


def test_predictions(moved):
    asked = """\
entry, reply = {}, widgets.HTML()
commit, tell = widgets.Button(description="Commit"), widgets.Button(description="Show the answer")
pressed = []
def answered(button):
    pressed.append(button.description)
    reply.value = {}
commit.on_click(answered)
tell.on_click(answered)
box = widgets.VBox([entry, widgets.HBox([commit, tell]), reply])
box.add_class("lrteach-prediction")
box"""
    number, choice = "widgets.Text()", "widgets.RadioButtons(options=['a', 'b'], value=None)"
    assert moved(asked.format(number, "str(pressed)"), asked.format(choice, "str(pressed)")) == []
    assert moved(asked.format(number, "'always this'")) == [
        "cell 2, prediction, commit: no feedback",
        "cell 2, prediction, ask: no feedback",
    ]
    found = moved(asked.format(number, "str(1 / (len(pressed) - 2))"))
    assert (
        found[0].startswith("cell 2, prediction, commit: ZeroDivisionError: ")
        and "no feedback" in found[1]
    )
    assert (
        moved(
            "from lrteach import predict\npredict('How many?', 3)",
            "predict('Which?', 'a', options=['a', 'b'])",
        )
        == []
    )


def test_exercises(tmp_path, specs):
    cells = [
        CHECK,
        *exercise("x = None\ncheck_one(x)", "x = 1\ncheck_one(x)"),
        *exercise("check_one(1)", "check_one(2)"),
        *exercise("check_one(y)", "check_one(1)"),
        new_code_cell("check_one(0)", metadata={"tags": ["exercise"]}),
    ]
    with Session(write(tmp_path, *cells), specs) as session:
        assert session.problems == ["cell 6: NameError: name 'y' is not defined"]
        assert exercise_problems(session) == [
            "cell 4: the stub answers '✓ Yes.', not a hint that begins with ✗",
            "cell 4: the solution answers '✗ Not yet.', not ✓",
            "cell 6: the stub answers '', not a hint that begins with ✗",
            "cell 8: no solution in the next cell's <details> block",
        ]


def test_what_check_sees(tmp_path, monkeypatch, capsys):
    (tmp_path / "notebooks").mkdir()
    for name in ("pyproject.toml", "lrteach/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((tool.ROOT / name).read_bytes())
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "NOTEBOOKS", tmp_path / "notebooks")
    picture = new_code_cell(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        metadata={"tags": ["cover"]},
    )
    live = "import ipywidgets\nprint(1, flush=True)\nprint(2, flush=True)\nipywidgets.IntSlider()"
    path = write(tmp_path / "notebooks", "1 + 1", picture, live)
    assert "cell 1: no output is stored" in tool.problems(path)
    assert "cell 1: execution count None instead of 1" in tool.problems(path)
    tool.run()
    assert tool.problems(path) == []
    stored = path.read_bytes()
    tool.run("00")
    assert (
        path.read_bytes() == stored
        and b"widget-view" not in stored
        and b'"1\\n",\n' in stored
        and b"\r" not in stored
    )

    def spoilt(change):
        notebook = nbformat.reads(stored.decode(), as_version=4)
        change(notebook)
        path.write_text(tool.text(notebook))
        return " ".join(tool.problems(path))

    assert "instead of 3" in spoilt(lambda notebook: notebook.cells[2].update(execution_count=7))
    assert "no output is stored" in spoilt(lambda notebook: notebook.cells[0].update(outputs=[]))
    assert "red output, NameError" in spoilt(
        lambda notebook: notebook.cells[0].outputs.append(
            nbformat.v4.new_output("error", ename="NameError", evalue="x", traceback=[])
        )
    )
    assert "not the canonical form" in spoilt(lambda notebook: notebook.metadata.update(widgets={}))
    assert "not the canonical form" in spoilt(
        lambda notebook: notebook.cells[1].metadata.update(scrolled=True)
    )
    assert "MB, more than" in spoilt(
        lambda notebook: notebook.cells[0].update(source="#" * 1_500_000 + "\n1 + 1")
    )
    assert "run `retarget`" in spoilt(
        lambda notebook: notebook.cells[0].update(
            source="# https://colab.research.google.com/github/else/where/blob/main/notebooks/00_small.ipynb"
        )
    )
    assert "not the cover's picture" in spoilt(
        lambda notebook: notebook.cells[1].outputs[0].data.update({"image/png": "AAAA"})
    )
    assert "no cell tagged cover" in spoilt(
        lambda notebook: notebook.cells[1].metadata.update(tags=[])
    )
    capsys.readouterr()
    with pytest.raises(SystemExit, match="1"):
        tool.check()
    said = capsys.readouterr().out
    assert "00_small:\n" in said and "    predictions: no prediction\n" in said


def test_the_output_below_a_prediction_is_folded():
    sources = "1", "ask.one()", "2", "3", "ask.two()", "ask.three()\n", "4", "ask.four() + 5", "6"
    cells = [
        new_code_cell(source, metadata={"jupyter": {"outputs_hidden": True}}) for source in sources
    ]
    cells.insert(2, new_markdown_cell("Now run it.", metadata={"collapsed": True}))
    cells[3].metadata["tags"] = ["cover"]
    made = tool.canonical(new_notebook(cells=cells))
    folded = {cell.source for cell in made.cells if cell.metadata.get("jupyter")}
    assert folded == {"2", "4"} and made.cells[3].metadata.tags == ["cover"]
    assert made.cells[2].metadata == {}
