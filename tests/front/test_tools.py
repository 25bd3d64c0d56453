"""The tools see what is wrong: each is shown small notebooks with a fault."""

import subprocess

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
        if isinstance(control, widgets.Button):
            control.on_click(moved)
        else:
            control.observe(moved, "value")
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
            f"scene(str, {SLIDER}, {log}, widgets.IntSlider(7, 1, 50), "
            "widgets.Dropdown(options=['sgd', 'adam']), "
            "widgets.ToggleButtons(options=[('a', 1), ('b', 2)]), "
            "widgets.Checkbox(), widgets.Play(max=50), "
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
        "lambda x: str(x) if x[0] else '<b class=\"lrteach-error\">no</b>'": "at 0.0: no",
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


ASK = """\
def ask(entry, show):
    reply = widgets.HTML()
    commit = widgets.Button(description="Commit")
    tell = widgets.Button(description="Show the answer")
    def answered(button):
        reply.value = show(entry.value, button.description)
    commit.on_click(answered)
    tell.on_click(answered)
    entry.observe(lambda change: answered(widgets.Button(description="Entered")), "value")
    box = widgets.VBox([entry, widgets.HBox([commit, tell]), reply])
    box.add_class("lrteach-prediction")
    return box
def read(text, pressed):
    return f"{pressed} {text and eval(text, {'abc': 'no number'})}"
"""
NUMBER, CHOICE = "widgets.Text()", "widgets.RadioButtons(options=['a', 'b'], value=None)"


def test_predictions(moved):
    numbers = f"{ASK}ask({NUMBER}, read)"
    assert moved(numbers, f"ask({CHOICE}, lambda *both: str(both))") == []
    library = "from lrteach.course.predict import Choice, Number\nNumber('How many?', 1.25)()"
    assert moved(library, "Choice('Which?', ['a', 'b'], 'a')()") == []


@pytest.mark.parametrize(
    "entry, show, found",
    [
        (NUMBER, "lambda *both: 'always this'", "it does not reply to each act"),
        (NUMBER, "lambda text, pressed: text", "it does not reply to each act"),
        (NUMBER, "lambda *both: str(both)", "5/4 is not read as 1.25"),
        (CHOICE, "lambda text, pressed: str(text)", "it does not reply to each act"),
        (NUMBER, "lambda text, pressed: f'{pressed} {float(text)}'", "nothing: ValueError: "),
        (CHOICE, "lambda *both: print(both) or str(both)", "committed: output outside of it"),
        (CHOICE, "lambda text, pressed: text.upper() + pressed", "nothing: AttributeError"),
    ],
)
def test_predictions_that_do_not_answer(moved, entry, show, found):
    problems = moved(f"{ASK}ask({entry}, {show})")
    assert any(words.startswith("cell 2, prediction") and found in words for words in problems)


HIDDEN = """\
def hidden_until(value):
    picture, choice = widgets.HTML("at first"), widgets.Dropdown(options=["a", "b", "c"])
    rate = widgets.FloatSlider(value=0.3, min=0.0, max=1.0, step=0.1, description="rate")
    def moved(change=None):
        rate.layout.display = None if choice.value == value else "none"
        picture.value = f"{choice.value} {rate.value if choice.value == value else ''}"
    choice.observe(moved, "value")
    rate.observe(moved, "value")
    moved()
    return widgets.VBox([picture, widgets.HBox([choice, rate])])
"""


def test_a_control_that_is_hidden_is_moved_where_it_shows(moved):
    assert moved(f"{HIDDEN}hidden_until('b')", "hidden_until('a')") == []
    assert moved(f"{HIDDEN}hidden_until('d')") == ["cell 2, FloatSlider 'rate': no choice shows it"]


def test_a_selection_slider_is_moved(moved):
    slider = "widgets.SelectionSlider(options=[1e-3, 1e-2, 1e-1], value=1e-2)"
    assert moved(f"scene(str, {slider})") == []
    found = moved(f"scene(lambda values: str(max(values[0], 1e-2)), {slider})")
    assert found == ["cell 2, SelectionSlider '': at 1: nothing that is shown changed"]


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


def test_what_check_sees(tmp_path, monkeypatch, capsys, another_python):
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
        path.write_text(tool.text(notebook), encoding="utf-8")
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
            source="# https://colab.research.google.com/github/else/where"
            "/blob/main/notebooks/00_small.ipynb"
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


def test_the_output_below_a_prediction_and_of_a_truth_is_folded():
    sources = "1", "ask.one()", "2", "3", "ask.two()", "ask.three()\n", "4", "ask.four() + 5", "6"
    cells = [
        new_code_cell(source, metadata={"jupyter": {"outputs_hidden": True}}) for source in sources
    ]
    cells.insert(2, new_markdown_cell("Now run it.", metadata={"collapsed": True}))
    cells[3].metadata["tags"] = ["cover"]
    cells[-1].metadata = {"tags": ["truth"]}
    made = tool.canonical(new_notebook(cells=cells))
    folded = {cell.source for cell in made.cells if cell.metadata.get("jupyter")}
    assert folded == {"2", "4", "6"} and made.cells[3].metadata.tags == ["cover"]
    assert made.cells[2].metadata == {}


def test_markers_say_what_a_test_starts(another_python):
    """By what it uses, also through another fixture; and no test of the fast ones uses it."""
    command = [another_python, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]

    def chosen(*options):
        made = subprocess.run(
            [*command, *options], cwd=tool.ROOT, capture_output=True, text=True, encoding="utf-8"
        )
        assert made.returncode == 0, made.stdout[-2000:]
        return {line.partition("::")[0] for line in made.stdout.splitlines() if "::" in line}

    front = ["tests/front", "tests/widgets/test_progress.py", "tests/test_packaging.py"]
    kernel, browser = chosen("-m", "kernel", *front), chosen("-m", "browser", *front)
    fast = chosen("-m", "not kernel and not browser", *front)
    names = ["test_browser.py", "test_browser_colab.py", "test_doors.py", "test_lite.py"]
    no_fast = [*names, "test_colab.py"]
    names += ["test_site.py"]
    assert browser == {f"tests/front/{name}" for name in names}
    names += ["test_colab.py", "test_notebooks.py", "test_tools.py", "test_ways.py"]
    assert kernel == {*(f"tests/front/{name}" for name in names), *front[1:]}
    assert {f"tests/front/{name}" for name in no_fast} & fast == set()
    assert chosen("-m", "kernel", "--nbval", "notebooks/00_start_here.ipynb")


@pytest.mark.parametrize(
    "one, other, together",
    [
        ("tests/test_descent.py::test_a", "tests/test_descent.py::test_b[x-2]", True),
        ("tests/test_descent.py::test_a", "tests/test_losses.py::test_a", False),
        ("front/test_notebooks.py::test_a[00_x]", "front/test_notebooks.py::test_b[00_x-w]", True),
        ("front/test_notebooks.py::test_a[00_x]", "front/test_notebooks.py::test_a[01_x]", False),
        ("front/test_browser.py::test_a[00_x.ipynb]", "front/test_colab.py::test_a[00_x]", False),
        ("front/test_browser.py::test_a", "front/test_browser.py::test_b", True),
        ("front/test_ways.py::test_a[00_x-w 1]", "front/test_ways.py::test_a[00_x-w 2]", False),
        ("notebooks/00_x.ipynb::Cell 1", "notebooks/00_x.ipynb::Cell 2", True),
        ("notebooks/00_x::ipynb::Cell 1", "notebooks/00_x::ipynb::Cell 2", True),
        ("notebooks/00_x.ipynb::Cell 1", "notebooks/01_x.ipynb::Cell 1", False),
    ],
)
def test_what_runs_in_one_process(one, other, together, request):
    (group,) = {
        plugin.group
        for plugin in request.config.pluginmanager.get_plugins()
        if hasattr(plugin, "pytest_xdist_make_scheduler") and hasattr(plugin, "group")
    }
    assert (group(one) == group(other)) == together
