"""What is said in more than one place agrees, and what is handed out is whole."""

import ast
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string

import nbformat
import pytest
import yaml
from kernels import NOTEBOOKS, ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools import notebooks as tool
from tools.notebooks import badge_branch, copy_of_project, target, version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEPENDENCIES = {
    requirement.name: requirement.specifier
    for requirement in map(Requirement, PROJECT["dependencies"])
}
LESSONS = "lrteach/course/notebooks/"  # in a wheel
LARGEST = 1_500_000  # bytes of what an index hands out
BADGE = "https://colab.research.google.com/github/{}/blob/main/notebooks/00_small.ipynb"
ARCHIVE = "https://github.com/{}/archive/{}.zip"


def test_import_is_light(another_python):
    heavy = {"matplotlib", "ipywidgets", "IPython", "tqdm", "urllib.request", "http.client"}
    code = f"import sys, lrteach; print(*sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run(
            [another_python, "-c", code], check=True, capture_output=True, text=True
        ).stdout.split()
        == []
    )


def test_dependencies_have_no_upper_caps():
    assert set(DEPENDENCIES) == {"numpy", "matplotlib", "ipywidgets", "tqdm"}
    for specifier in DEPENDENCIES.values():
        assert [part.operator for part in specifier] == [">="]


def test_colab_has_what_the_package_needs():
    colab = pins(ROOT / "tests/colab-requirements.txt")
    for name, specifier in DEPENDENCIES.items():
        (pin,) = colab[name]
        assert pin.version in specifier


def test_environment_asks_for_what_the_package_asks_for():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge"]
    *conda, last = environment["dependencies"]
    assert last == {"pip": ["-e ."]}
    lines = {
        name: bound
        for line in conda
        for name, bound in re.findall(r"^([a-z][a-z0-9-]*)((?:>?=\d+(?:\.\d+)*)?)$", line)
    }
    assert len(lines) == len(conda), "each line is a name, or a name and a version"
    python = re.fullmatch(r"=(3\.\d+)", lines.pop("python"))[1]
    assert python in SpecifierSet(PROJECT["requires-python"])
    lines["matplotlib"] = lines.pop("matplotlib-base")
    lab = {
        requirement.name: requirement.specifier
        for requirement in map(Requirement, PROJECT["optional-dependencies"]["lab"])
    }
    assert lines == {
        "pip": "",
        **{name: str(specifier) for name, specifier in {**DEPENDENCIES, **lab}.items()},
    }


def pins(path):
    """{name: specifier} of a file of requirements or constraints."""
    lines = (line.split("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
    found = [Requirement(line) for line in lines if line.strip()]
    return {requirement.name: requirement.specifier for requirement in found}


def oldest_python():
    """The oldest Python that pyproject.toml allows, such as 3.11."""
    (part,) = SpecifierSet(PROJECT["requires-python"])
    assert part.operator == ">="
    return part.version


def test_the_oldest_versions_are_those_that_are_allowed():
    oldest = pins(ROOT / "tests/oldest-requirements.txt")
    for name, specifier in DEPENDENCIES.items():
        (pin,), (bound,) = oldest.pop(name), specifier
        assert pin.operator == "==" and Version(pin.version) == Version(bound.version), name
    assert {name: str(bound) for name, bound in oldest.items()} == {"pyparsing": "<3.3"}
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert f"oldest_python=$(find_python {oldest_python()} " in script
    assert "-c tests/oldest-requirements.txt" in script


def test_workflow_calls_the_one_script_and_tests_three_systems():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"].values()
    assert "bash .ci/run" in [step.get("run") for job in jobs for step in job["steps"]]
    (matrix,) = (job["strategy"]["matrix"] for job in jobs if "strategy" in job)
    systems = {system.split("-")[0] for system in matrix["os"]}
    assert systems == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == [oldest_python(), "3.x"]


needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="bash is for Linux and macOS")


@needs_bash
def test_the_script_is_bash():
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)


def program(path, answer):
    """A stand-in for Python or pyenv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    path.chmod(0o755)


@needs_bash
@pytest.mark.parametrize(
    "programs, found",
    [
        ({"bin/python3.97": "exit 0"}, "python3.97"),
        ({"bin/python3.97": "exit 127", "bin/python3.96": "exit 0"}, "python3.96"),
        (
            {"bin/python3.97": "exit 127", "home/.pyenv/versions/3.97.2/bin/python": "exit 0"},
            "home/.pyenv/versions/3.97.2/bin/python",
        ),
        (
            {"bin/pyenv": "echo $HOME/of/$2", "home/of/3.97/bin/python": "exit 0"},
            "home/of/3.97/bin/python",
        ),
        ({"bin/pyenv": "exit 1"}, "python3"),
    ],
    ids=["by its name", "an older one", "pyenv's folder", "pyenv's prefix", "none"],
)
def test_the_script_finds_a_python_that_runs(programs, found, tmp_path):
    """Where `python3.97` is a shim of pyenv that does not run, too."""
    program(tmp_path / "bin/python3", '[ "$1" = --version ] && echo Python 3.1')
    for name, answer in programs.items():
        program(tmp_path / name, answer)
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    functions = re.findall(r"^\w+\(\) \{\n.*?^\}$", script, re.MULTILINE | re.DOTALL)
    code = "\n".join(["set -euo pipefail", *functions, "find_python 3.97 3.96"])
    env = {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}
    bash = [shutil.which("bash"), "-c", code]
    made = subprocess.run(bash, env=env, capture_output=True, text=True)
    assert made.returncode == 0 and made.stdout.removeprefix(f"{tmp_path}/") == f"{found}\n"
    words = "None of the Pythons 3.97 3.96 is here, so python3 stands in: Python 3.1.\n"
    assert made.stderr == (words if found == "python3" else "")


def test_text_is_read_and_written_in_utf8():
    """Windows would take an encoding of its own."""
    folders = ["lrteach", "tests", "tools", "benchmarks"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    found = []
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and not any(
                key.arg == "encoding" for key in node.keywords
            ):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                mode = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                binary = any("b" in part for part in mode if part in ("rb", "wb", "ab", "r+b"))
                if name in ("read_text", "write_text") or name == "open" and mode and not binary:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The source distribution, and the copy of the project with its tests that it is made of."""
    project = copy_of_project(tmp_path_factory.mktemp("source"))
    shutil.copytree(ROOT / "tests", project / "tests")
    code = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-c", code, folder], cwd=project, check=True, capture_output=True
    )
    (made,) = folder.glob("lrteach-*.tar.gz")
    return made, project


def package_files():
    """The files of the package, as a checkout has them."""
    paths = (ROOT / "lrteach").rglob("*.*")
    return {path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts}


def clean(path):
    """What is to be handed out of a notebook: told by nbformat, not by lrteach."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("jupyter", None)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def test_source_distribution_is_whole_and_has_no_half_of_the_tests(sdist, wheel, tmp_path):
    sdist, _ = sdist
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path, filter="data")
    assert package_files() | {"pyproject.toml", "setup.py", "README.md", "LICENSE"} <= names
    assert not any(name.startswith("tests") for name in names)
    (source,) = tmp_path.iterdir()
    for path in NOTEBOOKS:
        assert (source / "notebooks" / path.name).read_text(encoding="utf-8") == clean(path)
    assert sdist.stat().st_size < LARGEST
    earlier = source / "build/lib" / LESSONS / "09_renamed_since.ipynb"
    earlier.parent.mkdir(parents=True)
    earlier.touch()
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", tmp_path, source], check=True)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        for name in one.namelist():
            if name.startswith("lrteach/"):
                assert one.read(name) == other.read(name), name


def test_building_leaves_the_notebooks_as_they_were(sdist):
    _, project = sdist
    for path in NOTEBOOKS:
        assert (project / "notebooks" / path.name).read_bytes() == path.read_bytes()


def test_the_wheel_has_every_notebook_without_outputs(wheel):
    assert wheel.stat().st_size <= LARGEST
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name: archive.read(f"{LESSONS}{name}").decode()
            for name in (path.name for path in NOTEBOOKS)
        }
    for path in NOTEBOOKS:
        assert packed[path.name] == clean(path)
        assert '"outputs": [\n' not in packed[path.name]


def test_notebooks_point_to_nothing_that_is_not_handed_out():
    """A relative link or picture of a notebook would be dead in a learner's folder."""
    names = {path.name for path in NOTEBOOKS}
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
                assert {link.partition("#")[0] for link in relative(text)} <= names | {""}


def relative(text):
    """The relative links and pictures of a markdown text."""
    found = re.findall(r"\]\(([^)\s]+)|(?:src|href)=\"([^\"]+)", text)
    links = [link or source for link, source in found]
    return [link for link in links if not re.match(r"\w+:", link)]


def test_the_index_shows_no_relative_link_or_picture(wheel):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"lrteach-{version()}.dist-info/METADATA").decode()
    head, _, shown = metadata.partition("\n\n")
    assert "\nDescription-Content-Type: text/markdown\n" in head
    assert len(relative(readme)) >= 2 * len(NOTEBOOKS) and relative(shown) == []
    (place, branch), there = target(), readme
    for link in sorted(set(relative(readme)), key=len, reverse=True):
        assert (ROOT / link).exists(), link
        kind = f"https://raw.githubusercontent.com/{place}/{branch}/"
        if not link.endswith(".png"):
            kind = f"https://github.com/{place}/blob/{branch}/"
        for before in ("](", 'src="'):
            there = there.replace(f"{before}{link}", f"{before}{kind}{link}")
    assert shown.rstrip() == there.rstrip()


def test_wheel_is_whole(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = message_from_string(
            archive.read(f"lrteach-{version()}.dist-info/METADATA").decode()
        )
        assert all(
            any(name.endswith(licence) for name in archive.namelist())
            for licence in ("/LICENSE", "/licenses/lrteach/DATA.md")
        )
    assert names == package_files() | {f"{LESSONS}{path.name}" for path in NOTEBOOKS}
    assert {"lrteach/digits.npz", "lrteach/DATA.md"} <= names
    assert metadata["Version"] == version()
    assert f"Repository, https://github.com/{target()[0]}" in metadata.get_all("Project-URL")


@pytest.fixture
def fork(tmp_path, monkeypatch):
    """A copy of all files that know the address.

    Called, it retargets them (or does another command there) and returns their contents.
    """
    for path in [
        ROOT / "pyproject.toml",
        ROOT / "README.md",
        ROOT / "TEACHING.md",
        ROOT / "lrteach/__init__.py",
        ROOT / "tools/notebooks.py",
        *NOTEBOOKS,
    ]:
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    here, branch = target()
    with (tmp_path / "README.md").open("a", encoding="utf-8", newline="\n") as readme:
        readme.write(
            f"[![Open]()]({BADGE.format(here)}) <https://github.com/{here}.git> "
            f"https://github.com/numpy/numpy https://github.com/{here}-too\n"
            f"https://github.com/{here}/blob/{branch}/TEACHING.md "
            f"https://github.com/{here}/releases/{branch}\n"
        )
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    nbformat.write(
        new_notebook(
            cells=[
                new_markdown_cell(f"[Open]({BADGE.format(here)})"),
                new_code_cell(f"%pip install -q {ARCHIVE.format(here, branch)}\nprint()"),
            ]
        ),
        tmp_path / "notebooks/00_small.ipynb",
    )

    def retarget(*address, command=tool.retarget):
        with monkeypatch.context() as there:
            there.setattr(tool, "ROOT", tmp_path)
            there.setattr(tool, "NOTEBOOKS", tmp_path / "notebooks")
            command(*address)
        return contents(tmp_path)

    retarget.folder = tmp_path
    return retarget


def contents(folder):
    """{path: bytes} of all files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_retarget_is_a_command(fork, another_python):
    there, back = fork("some-one/a.fork@draft"), f"{target()[0]}@{target()[1]}"
    assert fork(back) != there
    command = [another_python, fork.folder / "tools/notebooks.py", "retarget"]
    subprocess.run([*command, "some-one/a.fork@draft"], check=True, capture_output=True)
    assert contents(fork.folder) == there
    said = subprocess.run([*command, "nowhere"], capture_output=True, text=True)
    assert said.returncode == 1 and "'nowhere' is not OWNER/REPO" in said.stderr


def test_retarget_there_and_back(fork):
    before = fork()
    there = fork("some-one/a.fork")
    assert b'Repository = "https://github.com/some-one/a.fork"' in there["pyproject.toml"]
    for path, content in there.items():
        text = content.decode()
        assert not re.search(rf"github\.com/{target()[0]}(?![\w-])", text)
        assert text.count("some-one/a.fork") == len(
            re.findall(rf"(?:github|gh|github\.com)/{target()[0]}(?![\w-])", before[path].decode())
        )
    changed = {path for path in there if there[path] != before[path]}
    assert changed == {
        "pyproject.toml",
        "README.md",
        "TEACHING.md",
        "notebooks/00_small.ipynb",
        *(f"notebooks/{path.name}" for path in NOTEBOOKS),
    }
    assert fork(target()[0]) == before


@pytest.mark.parametrize("branch", ["draft", "release-1.0", "some/feature", "main-too"])
def test_retarget_to_a_branch_and_back(fork, branch):
    before, (here, old) = fork(), target()
    there = fork(f"some-one/a.fork@{branch}")
    assert fork() == there, "without an address, the branch stays"
    for path in NOTEBOOKS:
        text = there[f"notebooks/{path.name}"].decode()
        assert f"%pip install -q {ARCHIVE.format('some-one/a.fork', branch)}\\n" in text
        assert (
            BADGE.format("some-one/a.fork")
            .replace("blob/main", f"blob/{branch}")
            .replace("00_small", path.stem)
            in text
        )
        assert f"/{here}/" not in text
    readme = there["README.md"].decode()
    assert (
        f"https://github.com/some-one/a.fork/blob/{branch}/TEACHING.md https://github.com/some-one/a.fork/releases/{old}\n"
        in readme
    )
    assert (
        f"https://github.com/{here}-too\n" in readme and "https://github.com/numpy/numpy " in readme
    )
    assert fork(f"{here}@{old}") == before


@pytest.mark.parametrize(
    "address", ["https://github.com/some/one", "some", "some/one@", "some/one@two three", "@main"]
)
def test_retarget_refuses_what_is_no_address(fork, address):
    before = fork()
    with pytest.raises(SystemExit, match="is not OWNER/REPO"):
        fork(address)
    assert fork() == before


BADGE_OF = re.compile(r"(colab\.research\.google\.com/github/\S+?/blob/)([\w.-]+)(/notebooks/)")


def test_badges_open_another_branch_and_nothing_else_moves(fork):
    before = fork("some-one/a.fork")
    there = fork("course", command=tool.badges)
    for path, content in there.items():
        found = BADGE_OF.findall(content.decode()) if not path.endswith(".py") else []
        assert {branch for _, branch, _ in found} <= {"course"}
        back = BADGE_OF.sub(r"\g<1>main\3", content.decode()) if found else content.decode()
        assert back == before[path].decode()
    changed = {path for path in there if there[path] != before[path]}
    assert {"pyproject.toml", "README.md"} < changed
    assert len([path for path in changed if path.endswith(".ipynb")]) == len(NOTEBOOKS) + 1
    assert fork(command=tool.badges) == before
    fork("course", command=tool.badges)
    assert fork("some-one/a.fork") == before, "a fork begins with badges that work without it"


def test_a_notebook_whose_badge_opens_another_branch_is_found(fork, monkeypatch):
    fork("course", command=tool.badges)
    path = fork.folder / "notebooks" / NOTEBOOKS[0].name
    words = "another address than in pyproject.toml: run `retarget` or `badges`"
    with monkeypatch.context() as there:
        there.setattr(tool, "ROOT", fork.folder)
        assert words not in tool.problems(path)
        path.write_text(path.read_text(encoding="utf-8").replace("blob/course", "blob/main"),
                        encoding="utf-8", newline="\n")
        assert words in tool.problems(path)


def test_badges_refuse_what_is_no_branch(fork):
    before = fork()
    with pytest.raises(SystemExit, match="'two words' is no name of a branch"):
        fork("two words", command=tool.badges)
    assert fork() == before


def test_the_branch_course_is_clean_and_its_badges_stay_on_it(tmp_path):
    tool.clean(tmp_path / "made")
    made = contents(tmp_path / "made")
    assert set(made) == {"README.md", *(f"notebooks/{path.name}" for path in NOTEBOOKS)}
    place = f"colab.research.google.com/github/{target()[0]}/blob"
    for path in NOTEBOOKS:
        text = made[f"notebooks/{path.name}"].decode()
        assert f"{place}/course/notebooks/{path.name})" in text
        assert text.replace(f"{place}/course/", f"{place}/{badge_branch()}/") == clean(path)
        assert ARCHIVE.format(*target()) in text
        title = re.match("# (.+)", nbformat.read(path, as_version=4).cells[0].source)[1]
        row = f"- [{title}](notebooks/{path.name}) [![Open in Colab]("
        assert row in made["README.md"].decode()
    links = relative(made["README.md"].decode())
    assert links == [f"notebooks/{path.name}" for path in NOTEBOOKS]
