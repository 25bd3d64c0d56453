"""Imports go one way, numpy is enough until something is drawn, and nothing prints."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lrteach

PACKAGE = Path(lrteach.__file__).parent
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text(encoding="utf-8")
           for path in PACKAGE.rglob("*.py")}
LAYERS = ["_internal", "core", "plots", "widgets", "course"]  # a layer imports only what stands to its left
MAY_USE = {"_internal": {"numpy", "tqdm"}, "core": {"numpy", "tqdm"}, "plots": {"numpy", "matplotlib", "PIL"},  # PIL comes with matplotlib
           "widgets": {"numpy", "ipywidgets", "traitlets", "tqdm"},  # IPython and traitlets come with ipywidgets
           "course": {"numpy", "ipywidgets", "IPython"}}


def layer(module):
    """The layer of a module of the package, by its name from the package on: "plots.scene" is of "plots"."""
    folder = module.split(".")[0]
    return folder if folder in LAYERS else "core"


def imports(module, source):
    """(modules of the package, other packages) that a source imports, wherever the statement stands."""
    own, other = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            parent = module.split(".")[:-node.level] if node.level <= module.count(".") else []
            base = ".".join([*parent, *([node.module] if node.module else [])])
            names = ["lrteach." + (base or alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        else:
            continue
        for name in names:
            (own if name.startswith("lrteach.") else other).add(name.removeprefix("lrteach."))
    return own, {name.split(".")[0] for name in other} - sys.stdlib_module_names


def prints(source):
    return [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"]


def test_the_two_readers_see_what_they_look_for():
    source = ("import os, numpy.linalg\nfrom . import live\ndef f():\n  from ..descent import Run\n  import lrteach.course.checks\n"
              "  from .._internal.loop import x\n  print(1)")
    assert imports("widgets.clicks", source) == ({"widgets.live", "descent", "course.checks", "_internal.loop"}, {"numpy"})
    assert prints(source) == [7] and prints("fingerprint(1); x.printed()") == []


def test_layers():
    assert [layer(name) for name in ("_internal.arguments", "descent", "plots.scene", "widgets.live", "course.checks")] == LAYERS
    assert {layer(module) for module in MODULES} == set(LAYERS)


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"__init__"}))
def test_imports_go_one_way(module):
    own, other = imports(module, MODULES[module])
    assert [name for name in own if LAYERS.index(layer(name)) > LAYERS.index(layer(module))] == []
    assert other <= MAY_USE[layer(module)]


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
