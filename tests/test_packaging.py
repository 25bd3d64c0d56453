"""What is said in more than one place agrees, and what is handed out is whole."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from kernels import NOTEBOOKS, ROOT
from tools.notebooks import target, version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = {requirement.name: requirement.specifier for requirement in map(Requirement, PROJECT["dependencies"])}
BADGE = "https://colab.research.google.com/github/{}/blob/main/notebooks/00_small.ipynb"
ARCHIVE = "https://github.com/{}/archive/{}.zip"


def test_import_is_light():
    heavy = {"matplotlib", "ipywidgets", "IPython", "tqdm", "urllib.request", "http.client"}
    code = f"import sys, lrteach; print(*sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split() == []


def test_dependencies_have_no_upper_caps():
    assert set(DEPENDENCIES) == {"numpy", "matplotlib", "ipywidgets", "tqdm"}
    for specifier in DEPENDENCIES.values():
        assert [part.operator for part in specifier] == [">="]


def test_colab_has_what_the_package_needs():
    pins = dict(line.split("==") for line in (ROOT / "tests/colab-requirements.txt").read_text().split() if "==" in line)
    for name, specifier in DEPENDENCIES.items():
        assert pins[name] in specifier


def test_environment_asks_for_what_the_package_asks_for():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    *conda, last = environment["dependencies"]
    assert last == {"pip": ["-e ."]}
    lines = {name: bound for line in conda for name, bound in re.findall(r"^([a-z][a-z0-9-]*)((?:>?=\d+(?:\.\d+)*)?)$", line)}
    assert len(lines) == len(conda), "each line is a name, or a name and a version"
    python = re.fullmatch(r"=(3\.\d+)", lines.pop("python"))[1]
    assert python in SpecifierSet(PROJECT["requires-python"])
    lines["matplotlib"] = lines.pop("matplotlib-base")
    lab = {requirement.name: requirement.specifier for requirement in map(Requirement, PROJECT["optional-dependencies"]["lab"])}
    assert lines == {"pip": "", **{name: str(specifier) for name, specifier in {**DEPENDENCIES, **lab}.items()}}


def test_workflow_calls_the_one_script():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert "bash .ci/run" in steps
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)


def test_wheel_is_whole(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = message_from_string(archive.read(f"lrteach-{version()}.dist-info/METADATA").decode())
        assert all(any(name.endswith(licence) for name in archive.namelist()) for licence in ("/LICENSE", "/licenses/lrteach/DATA.md"))
    assert names == {str(path.relative_to(ROOT)) for path in (ROOT / "lrteach").rglob("*.*") if "__pycache__" not in path.parts}
    assert {"lrteach/digits.npz", "lrteach/DATA.md"} <= names
    assert metadata["Version"] == version()
    assert f"Repository, https://github.com/{target()[0]}" in metadata.get_all("Project-URL")


@pytest.fixture
def fork(tmp_path):
    """A copy of all files that know the address, and a function that runs the tool there and returns their contents."""
    for path in [ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "lrteach/__init__.py", ROOT / "tools/notebooks.py", *NOTEBOOKS]:
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    here, branch = target()
    with (tmp_path / "README.md").open("a") as readme:
        readme.write(f"[![Open]()]({BADGE.format(here)}) <https://github.com/{here}.git> https://github.com/numpy/numpy https://github.com/{here}-too\n"
                     f"https://github.com/{here}/blob/{branch}/TEACHING.md https://github.com/{here}/releases/{branch}\n")
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[new_markdown_cell(f"[Open]({BADGE.format(here)})"),
                                       new_code_cell(f"%pip install -q {ARCHIVE.format(here, branch)}\nprint()")]), tmp_path / "notebooks/00_small.ipynb")

    def retarget(*address):
        subprocess.run([sys.executable, tmp_path / "tools/notebooks.py", "retarget", *address], check=True, capture_output=True)
        return {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file() and path.suffix != ".pyc"}
    retarget.folder = tmp_path
    return retarget


def test_retarget_there_and_back(fork):
    before = fork()
    there = fork("some-one/a.fork")
    assert b'Repository = "https://github.com/some-one/a.fork"' in there["pyproject.toml"]
    for path, content in there.items():
        text = content.decode()
        assert not re.search(rf"github\.com/{target()[0]}(?![\w-])", text)
        assert text.count("some-one/a.fork") == len(re.findall(rf"(?:github|gh|github\.com)/{target()[0]}(?![\w-])", before[path].decode()))
    changed = {path for path in there if there[path] != before[path]}
    assert changed == {"pyproject.toml", "README.md", "notebooks/00_small.ipynb", *(f"notebooks/{path.name}" for path in NOTEBOOKS)}
    assert fork(target()[0]) == before


@pytest.mark.parametrize("branch", ["draft", "release-1.0", "some/feature", "main-too"])
def test_retarget_to_a_branch_and_back(fork, branch):
    before, (here, old) = fork(), target()
    there = fork(f"some-one/a.fork@{branch}")
    assert fork() == there, "without an address, the branch stays"
    for path in NOTEBOOKS:
        text = there[f"notebooks/{path.name}"].decode()
        assert f"%pip install -q {ARCHIVE.format('some-one/a.fork', branch)}\\n" in text
        assert BADGE.format("some-one/a.fork").replace("blob/main", f"blob/{branch}").replace("00_small", path.stem) in text
        assert f"/{here}/" not in text
    readme = there["README.md"].decode()
    assert f"https://github.com/some-one/a.fork/blob/{branch}/TEACHING.md https://github.com/some-one/a.fork/releases/{old}\n" in readme
    assert f"https://github.com/{here}-too\n" in readme and "https://github.com/numpy/numpy " in readme
    assert fork(f"{here}@{old}") == before


@pytest.mark.parametrize("address", ["https://github.com/some/one", "some", "some/one@", "some/one@two three", "@main"])
def test_retarget_refuses_what_is_no_address(fork, address):
    before = fork()
    with pytest.raises(subprocess.CalledProcessError):
        fork(address)
    assert fork() == before
