"""Notebooks without outputs are put where there are none, and nothing is written over."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from kernels import NOTEBOOKS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lrteach.course import edition
from lrteach.course.edition import hand_out, lessons, mark, without_outputs

FIRST, SECOND = "00_start_here.ipynb", "01_descend_a_parabola.ipynb"


def notebook(*sources, outputs=()):
    cells = [new_markdown_cell("# Title"), *(new_code_cell(source) for source in sources)]
    for cell in cells[1:]:
        cell.outputs, cell.execution_count = list(outputs), 7 if outputs else None
        cell.metadata = nbformat.from_dict({"jupyter": {"outputs_hidden": True}, "tags": ["cover"]})
    for n, cell in enumerate(cells):
        cell.id = f"cell-{n}"
    metadata = {"language_info": {"name": "python"}}
    return nbformat.writes(new_notebook(cells=cells, metadata=metadata))


def edition_of(*sources):
    """{name: text} of an edition of two notebooks."""
    return {name: without_outputs(notebook(name, *sources)) for name in (FIRST, SECOND)}


def contents(folder):
    """{name: bytes} of all that is in the folder but what it remembers."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files.pop(edition.PUT)
    return files


def as_bytes(notebooks):
    return {name: text.encode() for name, text in notebooks.items()}


def worked_in(path, *sources):
    """What JupyterLab leaves when a learner has added cells, run all and saved."""
    saved = nbformat.read(path, as_version=4)
    saved.cells += [new_code_cell(source) for source in sources]
    for cell in saved.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("stream", text="äöü\n")]
            cell.execution_count = 1
    saved.metadata = nbformat.from_dict({"kernelspec": {"name": "x", "display_name": "x"}})
    nbformat.write(saved, path)
    return path.read_bytes()


def test_outputs_counts_and_folds_go_and_all_else_stays():
    shown = notebook("1 + 1", outputs=[new_output("stream", text="2\n")])
    bare = json.loads(without_outputs(shown))
    title, code = bare["cells"]
    assert (code["outputs"], code["execution_count"]) == ([], None)
    assert code["metadata"] == {"tags": ["cover"]} and code["source"] == ["1 + 1"]
    assert title == json.loads(shown)["cells"][0]
    assert bare["metadata"] == {"language_info": {"name": "python"}}
    nbformat.validate(bare)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_without_outputs_is_as_nbformat_writes_it(path):
    bare = without_outputs(path.read_text(encoding="utf-8"))
    assert without_outputs(bare) == bare
    assert nbformat.writes(nbformat.reads(bare, as_version=4)).rstrip("\n") + "\n" == bare
    assert len(bare) < path.stat().st_size / 5


def test_a_checkout_hands_out_its_own_notebooks():
    assert list(lessons()) == [path.name for path in NOTEBOOKS]
    assert lessons()[FIRST] == without_outputs(NOTEBOOKS[0].read_text(encoding="utf-8"))


def test_a_wheel_hands_out_what_is_packed_and_only_lessons(tmp_path, monkeypatch):
    monkeypatch.setattr(edition, "PACKED", tmp_path)
    for name in (FIRST, "Untitled.ipynb", "99_notes.txt"):
        (tmp_path / name).write_text(notebook("1"), encoding="utf-8")
    assert lessons() == {FIRST: without_outputs(notebook("1"))}


def test_all_are_put_into_a_folder_that_is_made(tmp_path):
    folder, notebooks = tmp_path / "a" / "new one", edition_of()
    assert hand_out(notebooks, folder) == {FIRST: FIRST, SECOND: SECOND}
    assert contents(folder) == as_bytes(notebooks)


def test_once_more_puts_nothing_whatever_the_learner_did(tmp_path):
    notebooks = edition_of()
    hand_out(notebooks, tmp_path)
    worked_in(tmp_path / FIRST, "my = 'own'")
    (tmp_path / SECOND).write_text("no longer a notebook", encoding="utf-8")
    (tmp_path / "mine.ipynb").write_text("{}", encoding="utf-8")
    before = contents(tmp_path)
    assert hand_out(notebooks, tmp_path) == {}
    assert contents(tmp_path) == before


def test_what_was_thrown_away_comes_again(tmp_path):
    notebooks = edition_of()
    hand_out(notebooks, tmp_path)
    mine = worked_in(tmp_path / FIRST)
    (tmp_path / SECOND).unlink()
    assert hand_out(notebooks, tmp_path) == {SECOND: SECOND}
    assert contents(tmp_path) == {**as_bytes(notebooks), FIRST: mine}


@pytest.mark.parametrize("touched", [True, False], ids=["worked in", "as it was put"])
def test_a_newer_edition_is_put_beside_once(touched, tmp_path):
    old, new = edition_of(), edition_of("something new")
    hand_out(old, tmp_path)
    if touched:
        worked_in(tmp_path / FIRST, "my = 'own'")
    before = contents(tmp_path)
    beside = {FIRST: "00_start_here.new.ipynb", SECOND: "01_descend_a_parabola.new.ipynb"}
    assert hand_out(new, tmp_path) == beside
    after = {**before, **{beside[name]: text.encode() for name, text in new.items()}}
    assert contents(tmp_path) == after
    worked_in(tmp_path / beside[FIRST], "and here, too")
    (tmp_path / beside[SECOND]).unlink()
    after = contents(tmp_path)
    assert hand_out(new, tmp_path) == {} and contents(tmp_path) == after


def test_a_file_that_is_no_notebook_stays(tmp_path):
    for text in ("", "{", "[" * 100_000, "[1]", '{"cells": 3}', '{"cells": [3]}'):
        (tmp_path / FIRST).write_text(text, encoding="utf-8")
        (tmp_path / edition.PUT).unlink(missing_ok=True)
        hand_out(edition_of(), tmp_path)
        assert (tmp_path / FIRST).read_text(encoding="utf-8") == text


def test_newer_editions_are_numbered(tmp_path):
    hand_out(edition_of(), tmp_path)
    put = [hand_out(edition_of("new", n), tmp_path)[FIRST] for n in "123"]
    names = ["00_start_here.new.ipynb", "00_start_here.new2.ipynb", "00_start_here.new3.ipynb"]
    assert put == names
    assert [mark((tmp_path / name).read_text(encoding="utf-8")) for name in put] == [
        mark(edition_of("new", n)[FIRST]) for n in "123"
    ]


def test_an_edition_that_says_the_same_is_no_newer_one(tmp_path):
    """Other metadata, ids or lines broken otherwise are nothing to a learner."""
    notebooks = edition_of()
    hand_out(notebooks, tmp_path)
    same = {name: text.replace("cell-1", "cell-9") for name, text in notebooks.items()}
    assert same != notebooks and hand_out(same, tmp_path) == {}


@pytest.mark.parametrize("memory", [None, "", "[]", "{", '{"00_start_here.ipynb": 3}',
                                    pytest.param("[" * 100_000, id="deep")])
def test_where_it_is_forgotten_what_was_put_what_is_there_tells(memory, tmp_path):
    notebooks = edition_of()
    hand_out(notebooks, tmp_path)
    ran, changed = worked_in(tmp_path / FIRST), worked_in(tmp_path / SECOND, "my = 'own'")
    (tmp_path / edition.PUT).unlink()
    if memory is not None:
        (tmp_path / edition.PUT).write_text(memory, encoding="utf-8")
    assert hand_out(notebooks, tmp_path) == {SECOND: "01_descend_a_parabola.new.ipynb"}
    assert hand_out(notebooks, tmp_path) == {}
    there = contents(tmp_path)
    assert (there[FIRST], there[SECOND]) == (ran, changed)


def test_a_file_that_appears_meanwhile_is_not_written_over(tmp_path):
    path = tmp_path / FIRST
    path.write_text("somebody's", encoding="utf-8")
    with pytest.raises(FileExistsError):
        edition.write_new(path, "ours")
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {
        FIRST: "somebody's"
    }


def test_a_disk_without_links(tmp_path, monkeypatch):
    def link(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    test_a_file_that_appears_meanwhile_is_not_written_over(tmp_path)
    test_all_are_put_into_a_folder_that_is_made(tmp_path)


@pytest.mark.parametrize("after", range(4))
def test_a_full_disk_leaves_nothing_by_halves(after, tmp_path, monkeypatch):
    """It holds half of one more file after so many, and then there is room again."""
    write, left = Path.write_text, iter([True] * after)

    def full(path, text, **options):
        if next(left, False):
            return write(path, text, **options)
        write(path, text[: len(text) // 2], **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    notebooks = edition_of()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            hand_out(notebooks, tmp_path)
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    remembered = there.pop(edition.PUT, b"{}")
    assert set(json.loads(remembered)) <= set(there)
    assert there == {name: notebooks[name].encode() for name in sorted(there)}
    assert len(there) == (after + 1) // 2
    assert hand_out(notebooks, tmp_path).keys() == set(notebooks) - set(there)
    assert contents(tmp_path) == as_bytes(notebooks)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
def test_a_file_that_may_not_grow_leaves_nothing_by_halves(another_python, tmp_path):
    """What really happens where writing fails half-way: here at 20,000 bytes of a file."""
    source, folder = tmp_path / "source", tmp_path / "put"
    source.mkdir()
    for name, size in (FIRST, 10), (SECOND, 100_000):
        (source / name).write_text(notebook("x" * size), encoding="utf-8")
    code = f"""
import resource
from pathlib import Path
from lrteach.course.edition import hand_out, lessons
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
hand_out(lessons(Path({str(source)!r})), Path({str(folder)!r}))"""
    made = subprocess.run([another_python, "-c", code], capture_output=True, text=True)
    assert made.returncode == 1 and "OSError: [Errno 27]" in made.stderr
    assert contents(folder) == {FIRST: lessons(source)[FIRST].encode()}
