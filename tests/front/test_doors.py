"""The command `lrteach` from the wheel alone: no checkout, and a real JupyterLab in a browser."""

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import nbformat
import pytest
from kernels import NOTEBOOKS
from lab import KERNEL, WINDOW, Lab, run_all, scenes, settle

NAMES = [path.name for path in NOTEBOOKS]
FIRST = NAMES[0]
PREFIX = Path(sys.prefix)


@pytest.fixture(scope="module")
def alone(wheel, tmp_path_factory):
    """An environment with lrteach from its wheel, and the packages of this one."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    for data in ("share", "etc"):  # JupyterLab's pages and settings
        if (PREFIX / data).exists():
            (folder / data).symlink_to(PREFIX / data)
    return folder


@pytest.fixture
def there(alone, tmp_path):
    """Runs a program of that environment in an empty folder. Returns (exit code, said, wrong)."""

    def run(program, *words):
        env = {**os.environ, "PYTHONPATH": "", "PYTHONUTF8": "1"}
        command = [alone / "bin" / program, *words]
        done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    return run


def lessons(folder):
    """{name: notebook} of a folder."""
    paths = sorted(folder.glob("*.ipynb"))
    return {path.name: nbformat.read(path, as_version=4) for path in paths}


def test_the_package_is_the_wheels(alone, there):
    code, said, wrong = there("python", "-c", "import lrteach; print(lrteach.__file__)")
    assert (code, wrong) == (0, "") and said.startswith(f"{alone}/lib/")


def test_copy_brings_every_notebook_without_outputs(there, tmp_path):
    assert there("lrteach", "copy", "x") == (0, f"{len(NAMES)} notebooks put into x\n", "")
    put = lessons(tmp_path / "x")
    assert list(put) == NAMES
    for path in NOTEBOOKS:
        stored = nbformat.read(path, as_version=4).cells
        assert [cell.source for cell in put[path.name].cells] == [cell.source for cell in stored]
        for cell in put[path.name].cells:
            nothing = ([], None) if cell.cell_type == "code" else (None, None)
            assert (cell.get("outputs"), cell.get("execution_count")) == nothing


def test_a_second_call_keeps_and_a_newer_wheel_puts_beside(alone, there, tmp_path):
    there("lrteach", "copy", "x")
    mine = "mine, and no notebook"
    (tmp_path / "x" / FIRST).write_text(mine, encoding="utf-8")
    said = "The notebooks in x stay as you left them.\n"
    assert there("lrteach", "copy", "x") == (0, said, "")
    packed = next(alone.glob(f"lib/python*/site-packages/lrteach/course/notebooks/{FIRST}"))
    text = packed.read_text(encoding="utf-8")
    try:
        packed.write_text(text.replace("hiker", "walker"), encoding="utf-8")
        first, again = (there("lrteach", "copy", "x") for _ in range(2))
    finally:
        packed.write_text(text, encoding="utf-8")
    assert first[0] == 0 and first[1].startswith(f"There is a newer edition of {FIRST}.")
    assert again == (0, said, "")
    assert (tmp_path / "x" / FIRST).read_text(encoding="utf-8") == mine
    beside = [path.name for path in (tmp_path / "x").glob("*.new*")]
    assert beside == ["00_start_here.new.ipynb"]


def test_without_jupyterlab_there_is_a_word_and_no_traceback(there, tmp_path):
    code = "import sys; sys.modules['jupyterlab'] = None; import lrteach.__main__ as m; m.main()"
    done, said, wrong = there("python", "-c", code, "open")
    assert (done, said) == (1, "") and wrong.count("\n") == 1
    assert 'pip install "lrteach[lab]"' in wrong
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(there, tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for folder in ("file", "file/below"):
        code, said, wrong = there("lrteach", "copy", folder)
        assert (code, said, wrong.count("\n")) == (1, "", 1) and "Traceback" not in wrong
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.fixture(scope="module")
def opened(alone, browser, tmp_path_factory):
    """The page that `lrteach open` opens, and its folder."""
    home, cwd = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("here")
    heard = home / "opened"
    program = home / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {heard}.part\nmv {heard}.part {heard}\n',
                       encoding="utf-8")
    program.chmod(0o755)
    command = [alone / "bin" / "lrteach", "open", "--"]
    env = {"PYTHONPATH": "", "BROWSER": f"{program} %s"}
    with Lab(None, cwd, home / "none", home, command, env) as lab:
        end = time.monotonic() + 120
        while not heard.exists() and time.monotonic() < end:
            time.sleep(0.1)
        page = browser.new_page(viewport=WINDOW)
        page.set_default_timeout(120_000)
        page.goto(heard.read_text(encoding="utf-8"))
        page.wait_for_url("**/lab/**")
        page.wait_for_function(f"() => {KERNEL}?.status === 'idle'")
        yield page, cwd / "lrteach-course"
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.close()
        assert lab.process.poll() is None


def test_open_shows_the_first_notebook_and_it_runs(opened, there):
    page, folder = opened
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path") == FIRST
    listed = page.locator(".jp-DirListing-itemName").all_inner_texts()
    assert [name for name in listed if name.strip()] == NAMES, "the folder is the root"
    assert page.locator(".jp-OutputArea-output").count() == 0
    run_all(page)
    wrong = '[data-mime-type$="error"], [data-mime-type$="stderr"], .lrteach-error'
    assert page.locator(wrong).all_inner_texts() == []
    scene = scenes(page)[0]
    assert scene.changes(scene.press, scene.handles[0], "ArrowRight")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    settle(page)
    saved = (folder / FIRST).read_bytes()
    assert any(cell.get("outputs") for cell in lessons(folder)[FIRST].cells)
    said = f"The notebooks in {folder} stay as you left them.\n"
    assert there("lrteach", "copy", str(folder)) == (0, said, "")
    assert (folder / FIRST).read_bytes() == saved
    assert sorted(path.name for path in folder.glob("*.ipynb")) == NAMES
