"""Imports go one way, numpy is enough until something is drawn, and nothing prints."""

import ast
import builtins
import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import lrteach

PACKAGE = Path(lrteach.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py")
}
LAYERS = ["_internal", "core", "plots", "widgets", "course"]  # each imports only from its left
COMMAND = "__main__"  # the course's, at the root of the package because Python looks for it there
MAY_USE = {
    "_internal": {"numpy", "tqdm"},
    "core": {"numpy", "tqdm"},
    "plots": {"numpy", "matplotlib", "PIL"},  # PIL comes with matplotlib
    "widgets": {"numpy", "ipywidgets", "IPython", "traitlets", "tqdm"},
    "course": {"numpy", "ipywidgets", "IPython"},  # IPython and traitlets come with ipywidgets
}
ALSO = {"pytorch": {"torch"}}  # what one module alone may use, and only when it is called


def layer(module):
    """The layer of a module, by its name from the package on: "plots.scene" is of "plots"."""
    folder = "course" if module == COMMAND else module.split(".")[0]
    return folder if folder in LAYERS else "core"


def imports(module, source):
    """(modules of the package, other packages) that a source imports, wherever it does so."""
    own, other = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = ["lrteach", *module.split(".")[:-node.level]]
            lasts = [node.module] if node.module else [alias.name for alias in node.names]
            names = [".".join([*base, last]) for last in lasts]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        else:
            continue
        for name in names:
            (own if name.startswith("lrteach.") else other).add(name.removeprefix("lrteach."))
    return own, {name.split(".")[0] for name in other} - sys.stdlib_module_names


def prints(source):
    """The lines that print."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [node.lineno for node in calls if getattr(node.func, "id", "") == "print"]


def test_the_two_readers_see_what_they_look_for():
    source = """
import os, numpy.linalg
from . import live
def f():
  from ..descent import Run
  import lrteach.course.checks
  from .._internal.loop import x
  print(1)"""
    own = {"widgets.live", "descent", "course.checks", "_internal.loop"}
    assert imports("widgets.clicks", source) == (own, {"numpy"})
    assert imports("models", "from . import losses") == ({"losses"}, set())
    assert prints(source) == [8]
    assert prints("fingerprint(1); x.printed()") == []


def test_layers():
    examples = ["_internal.arguments", "descent", "plots.scene", "widgets.live", "course.checks"]
    assert [layer(name) for name in examples] == LAYERS
    assert {layer(module) for module in MODULES} == set(LAYERS)


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"__init__"}))
def test_imports_go_one_way(module):
    own, other = imports(module, MODULES[module])
    place = LAYERS.index(layer(module))
    assert [name for name in own if LAYERS.index(layer(name)) > place] == []
    assert other <= MAY_USE[layer(module)] | ALSO.get(module, set())


def checks(tree):
    """The names of the functions in the `check` of a notebook's module."""
    made = [node.value for node in tree.body if isinstance(node, ast.Assign)
            and getattr(node.targets[0], "id", "") == "check"]
    return {name.id for value in made for name in ast.walk(value) if isinstance(name, ast.Name)}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_prints_and_every_public_name_has_a_docstring(module):
    """Of a notebook's module its checks are public; the rest are learners' wrong answers."""
    assert prints(MODULES[module]) == []
    tree = ast.parse(MODULES[module])
    assert ast.get_docstring(tree)
    made = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    public = [node for node in made if not node.name.startswith("_")]
    if module.startswith("course.nb"):
        public = [node for node in public if node.name in checks(tree)]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("module", sorted(name for name in MODULES if ">>> " in MODULES[name]))
def test_the_examples_in_docstrings_are_right(module):
    tested = doctest.testmod(import_module(f"lrteach.{module}"))
    assert tested.attempted > 0
    assert tested.failed == 0


def test_what_is_called_first_has_an_example():
    names = ["lr_range_test", "recorded", "suggest", "one_cycle", "cosine", "mnist", "digits",
             "receipts"]
    assert [name for name in names if ">>> " not in getattr(lrteach, name).__doc__] == []
    for method in (lrteach.RangeTest.suggestions, lrteach.RangeTest.bounds):
        assert ">>> " in method.__doc__


def loaded_after(statement, python):
    """The top-level modules that a fresh Python has loaded after this statement."""
    code = f"import sys; {statement}; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_and_a_run_load_numpy_alone(another_python):
    start = "lt.descend(lt.LinearRegression(*lt.receipts()), [0, 0], lt.adam"
    run = f"{start}, lr=lt.cosine(1, 9), steps=9)"
    statement = f"import lrteach as lt; {run}; lt.critical_lr(lt.valley())"
    loaded = loaded_after(statement, another_python)
    assert {"numpy", "lrteach"} <= loaded
    heavy = {"matplotlib", "PIL", "ipywidgets", "IPython", "traitlets", "tqdm", "torch", "scipy"}
    assert not loaded & heavy


def test_drawing_names_are_offered_but_not_yet_loaded():
    assert {"Scene", "Panel", "play", "explore", "Feedback", "descend"} <= set(dir(lrteach))


@pytest.mark.parametrize("name, words", [
    ("descent_", "^lrteach has no 'descent_'"), ("qwertz", "^lrteach has no 'qwertz'$"),
    ("Scenes", r"^lrteach has no 'Scenes'; did you mean 'Scene'\?$"),
])
def test_a_name_that_is_not_there_is_named(name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(lrteach, name)


def test_a_name_that_is_loaded_later_is_looked_up_once(monkeypatch):
    monkeypatch.delitem(vars(lrteach), "Scene", raising=False)
    scene = lrteach.Scene
    monkeypatch.setattr(lrteach, "_import_module", None)  # asked again, it would fail
    assert lrteach.Scene is scene


# the names

def stub():
    """{public name: the module that `__init__.pyi` says it comes from}."""
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert all(alias.name == alias.asname for node in froms for alias in node.names)  # public
    return {alias.name: f"lrteach.{node.module}" for node in froms for alias in node.names}


def test_names_stand_once_and_the_stub_shows_the_same():
    assert len(lrteach.__all__) == len(set(lrteach.__all__))
    assert set(lrteach.__all__) == stub().keys()
    assert set(lrteach.__all__) <= set(dir(lrteach))


@pytest.mark.parametrize("name, module", stub().items())
def test_editors_see_what_python_loads(name, module):
    assert getattr(import_module(module), name) is getattr(lrteach, name)


@pytest.mark.parametrize("before", ["", *(f"import lrteach.{module}; " for module in MODULES
                                         if module != "__init__")])
def test_a_star_import_binds_no_module_and_overwrites_nothing(before):
    """Whatever was loaded before: no submodule comes, nor a name of Python or of a user."""
    users = ["data", "losses", "models", "schedules", "np", "plt", "x", "y", "t", "g", "f", "lr",
             "run", "loss", "theta", "steps", "beta", "net", "X", "test"]
    names = dict.fromkeys(users, "mine")
    exec(f"{before}from lrteach import *", names)
    assert {name: names[name] for name in users} == dict.fromkeys(users, "mine")
    bound = names.keys() - {"__builtins__", "lrteach", *users}
    assert bound == set(lrteach.__all__)
    assert not bound & vars(builtins).keys()
    assert [name for name in bound if isinstance(names[name], ModuleType)] == []


def test_a_name_that_is_loaded_later_is_not_that_of_a_module():
    """For importing that module would bind it in the package in place of the name."""
    modules = {module.split(".")[0] for module in MODULES}
    assert not modules & set(lrteach._MODULE_OF)
