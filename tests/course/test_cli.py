"""The command `lrteach`: what it puts where, what it says, and what it starts."""

import errno
import io
import os
import runpy
import sys
from pathlib import Path

import pytest
from kernels import NOTEBOOKS

import lrteach
from lrteach.course import cli

NAMES = [path.name for path in NOTEBOOKS]


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder. Returns (exit code, what it said, and on stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = 0
        try:
            cli.main(words)
        except SystemExit as end:
            code = end.code
            if isinstance(code, str):  # which Python says, and makes 1
                sys.stderr.write(f"{code}\n")
                code = 1
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def started(monkeypatch):
    """What would have been started, as (module, words, folder), in place of doing so."""
    begun = []

    def run_module(name, **options):
        assert options == {"run_name": "__main__", "alter_sys": True}
        begun.append((name, sys.argv[1:], Path.cwd()))

    monkeypatch.setattr(sys, "argv", ["lrteach", "what", "was", "typed"])
    monkeypatch.setattr(runpy, "run_module", run_module)
    monkeypatch.setattr(cli, "find_spec", lambda name: name)
    return begun


def names(folder):
    return sorted(path.name for path in Path(folder).glob("*"))


def test_copy_puts_the_notebooks_and_opens_nothing(command, started, tmp_path):
    said = f"{len(NAMES)} notebooks put into here\n"
    assert command("copy", "here") == (0, said, "")
    assert [name for name in names("here") if name.endswith(".ipynb")] == NAMES
    assert started == []
    assert command("copy", "here") == (0, "The notebooks in here stay as you left them.\n", "")


def test_open_begins_at_the_first_in_a_folder_of_its_own(command, started, tmp_path):
    assert command("open") == (0, f"{len(NAMES)} notebooks put into lrteach-course\n", "")
    folder = tmp_path / "lrteach-course"
    assert started == [("jupyterlab", [NAMES[0]], folder)]
    assert [name for name in names(folder) if name.endswith(".ipynb")] == NAMES


@pytest.mark.parametrize("words, folder", [(["else where"], "else where"), ([], "lrteach-course")])
def test_what_stands_after_two_dashes_is_for_jupyterlab(words, folder, command, started, tmp_path):
    assert command("open", *words, "--", "--no-browser", "--", "--port=1")[0] == 0
    assert started == [("jupyterlab", [NAMES[0], "--no-browser", "--", "--port=1"],
                        tmp_path / folder)]


def test_a_newer_edition_is_said_and_the_old_one_opened(command, started, monkeypatch, tmp_path):
    command("copy", "here")
    newer = {name: text.replace("hiker", "walker") for name, text in cli.lessons().items()}
    changed = [name for name, text in cli.lessons().items() if newer[name] != text]
    monkeypatch.setattr(cli, "lessons", lambda: newer)
    code, said, wrong = command("open", "here")
    assert (code, wrong) == (0, "") and NAMES[0] in changed
    assert said.splitlines() == [
        f"There is a newer edition of {name}. Yours stays as it is, and the newer one is beside it:"
        f" {name.replace('.ipynb', '.new.ipynb')}" for name in changed
    ]
    assert started == [("jupyterlab", [NAMES[0]], tmp_path / "here")]


def test_one_notebook_is_one(command):
    command("copy", "here")
    Path("here", NAMES[3]).unlink()
    assert command("copy", "here") == (0, "1 notebook put into here\n", "")


def test_without_jupyterlab_open_says_what_to_install(command, started, monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    code, said, wrong = command("open")
    assert (code, said, started, names(".")) == (1, "", [], [])
    assert wrong.startswith('lrteach: JupyterLab is not installed: `pip install "lrteach[lab]"`')
    assert wrong.count("\n") == 1
    assert command("copy", "here")[0] == 0


@pytest.mark.parametrize("opens", ["open", "copy"])
def test_a_file_in_the_folders_place(opens, command, started):
    Path("taken").write_text("mine", encoding="utf-8")
    words = "lrteach: taken is a file, and the notebooks need a folder.\n"
    assert command(opens, "taken") == (1, "", words)
    code, said, wrong = command(opens, "taken/below")
    assert (code, said, started) == (1, "", [])
    assert wrong.startswith(f"lrteach: the notebooks cannot be put into {Path('taken/below')}: ")
    assert wrong.count("\n") == 1 and len(wrong) < 300
    assert Path("taken").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("step", ["mkdir", "write_text"])
def test_a_disk_that_takes_nothing(number, step, command, started, monkeypatch):
    words = os.strerror(number)

    def fails(*_, **options):
        raise OSError(number, words)

    monkeypatch.setattr(Path, step, fails)
    wrong = f"lrteach: the notebooks cannot be put into here: {words}.\n"
    assert command("open", "here") == (1, "", wrong)
    assert started == [] and [path for path in Path().rglob("*") if path.is_file()] == []


def test_a_folder_where_a_notebook_should_be(command, started):
    Path("here", NAMES[0]).mkdir(parents=True)
    code, said, wrong = command("open", "here")
    assert (code, said, started) == (1, "", [])
    assert wrong.startswith("lrteach: the notebooks cannot be put into here: ")


def test_a_package_without_its_notebooks(command, started, monkeypatch):
    monkeypatch.setattr(cli, "lessons", dict)
    words = "lrteach: its notebooks are not in this installation; install it whole.\n"
    assert command("open", "here") == (1, "", words)
    assert started == [] and not Path("here").exists()


@pytest.mark.parametrize("words, wrong", [
    ([], "the following arguments are required: COMMAND"),
    (["copy"], "the following arguments are required: FOLDER"),
    (["copy", ""], "argument FOLDER: it is empty; the current folder is ."),
    (["open", ""], "argument FOLDER: it is empty; the current folder is ."),
    (["close"], "invalid choice: 'close'"),
    (["open", "a", "b"], "unrecognized arguments: b"),
    (["open", "--no-browser"], "unrecognized arguments: --no-browser"),
    (["copy", "a", "--", "--no-browser"], "nothing may stand after --"),
])
def test_what_is_not_understood(words, wrong, command, started):
    code, said, heard = command(*words)
    assert (code, said, started, names(".")) == (2, "", [], [])
    assert heard.startswith("usage: lrteach") and wrong in heard


def test_a_folder_whose_name_cannot_be_written_is_told(tmp_path, monkeypatch):
    """As on a console of Windows, and of names that are no text."""
    monkeypatch.chdir(tmp_path)
    for name, said in (("学習", b"\\u5b66\\u7fd2"), ("é", b"\\xe9")):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
        cli.main(["copy", name])
        sys.stdout.flush()
        assert raw.getvalue().strip().endswith(said) and Path(name, NAMES[0]).exists()


def test_help_and_version(command):
    assert command("--version") == (0, f"lrteach {lrteach.__version__}\n", "")
    code, said, _ = command("--help")
    assert code == 0 and "open" in said and "never" in said
    code, said, _ = command("open", "--help")
    assert code == 0 and "lrteach open [-h] [FOLDER] [-- ARGUMENT ...]" in said


def test_python_m_is_the_same(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lrteach", "--version"])
    with pytest.raises(SystemExit):
        runpy.run_module("lrteach", run_name="__main__")
    assert capsys.readouterr().out == f"lrteach {lrteach.__version__}\n"
