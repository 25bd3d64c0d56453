"""Imports go one way, numpy is enough until something is drawn, and nothing prints."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lrteach

PACKAGE = Path(lrteach.__file__).parent
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text() for path in PACKAGE.rglob("*.py")}
VIEWS = {name.removeprefix("views.") for name in MODULES if name.startswith("views.")}
DRAWS = {"matplotlib", "PIL"}  # PIL comes with matplotlib
SHOWS = {"ipywidgets", "IPython", "traitlets"}  # the last two come with ipywidgets
MAY_IMPORT = {  # beside the standard library, numpy and `arguments`, which are everyone's
    "arguments": set(), "losses": set(), "optimizers": set(), "schedules": set(), "data": {"tqdm"},
    "models": {"losses"}, "stability": {"losses"}, "descent": {"optimizers", "schedules"}, "range_test": {"descent", "schedules", "suggestions"},
    "suggestions": set(),
    "blackbox": {"descent", "losses", "models", "optimizers", "schedules"},
    "scene": DRAWS, "views": {"scene"} | VIEWS, "animate": {"scene"} | DRAWS,
    "clicks": SHOWS, "widgets": {"animate", "clicks"} | SHOWS, "checks": {"blackbox", "descent", "losses"} | SHOWS,
    "progress": {"tqdm"} | SHOWS,
}


def imports(source):
    """Names of all modules that a source imports, wherever the statement stands; those of the package without their dot."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} if node.module else {alias.name for alias in node.names}
    names = {name.removeprefix("lrteach.") for name in names}
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


def prints(source):
    return [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"]


def test_the_two_readers_see_what_they_look_for():
    source = "import os, numpy.linalg\nfrom . import views\ndef f():\n  from .descent import Run\n  import lrteach.checks\n  print(1)"
    assert imports(source) == {"numpy", "views", "descent", "checks"} and prints(source) == [6]
    assert prints("fingerprint(1); x.printed()") == []


def test_every_module_is_in_the_table():
    core = {"arguments", "losses", "optimizers", "schedules", "data", "models", "stability", "descent"}
    assert core <= {name.split(".")[0] for name in MODULES} - {"__init__"} <= MAY_IMPORT.keys()


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"__init__"}))
def test_imports_go_one_way(module):
    everyones = {"numpy"} if module == "arguments" else {"numpy", "arguments"}
    assert imports(MODULES[module]) <= everyones | MAY_IMPORT[module.split(".")[0]]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_prints_and_every_public_name_has_a_docstring(module):
    assert prints(MODULES[module]) == []
    tree = ast.parse(MODULES[module])
    assert ast.get_docstring(tree)
    public = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def loaded_after(statement):
    """The top-level modules that a fresh Python has loaded after this statement."""
    code = f"import sys; {statement}; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_and_a_run_load_numpy_alone():
    run = "lt.descend(lt.LinearRegression(*lt.receipts()), [0, 0], lt.adam, lr=lt.cosine(1, 9), steps=9)"
    loaded = loaded_after(f"import lrteach as lt; {run}; lt.critical_lr(lt.valley())")
    assert {"numpy", "lrteach"} <= loaded and not loaded & {"matplotlib", "PIL", "ipywidgets", "IPython", "traitlets", "tqdm", "torch", "scipy"}


def test_drawing_names_are_offered_but_not_yet_loaded():
    assert {"Scene", "play", "explore", "predict", "descend"} <= set(dir(lrteach))
    with pytest.raises(AttributeError, match="lrteach has no 'descent_'"):
        lrteach.descent_
