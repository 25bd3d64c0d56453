"""`sweep`: trainings one after the other, in threads, in processes that are killed, on Dask."""

import json
import os
import pickle
import signal
import subprocess
import threading
import time
import warnings
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from lrteach import Scene, accuracy_by_rate, rate_curve, sweep

RATES = [0.01, 0.1, 1.0]
SEEDS = [0, 1, 2]
EXPECTED = np.add.outer(RATES, SEEDS)


def both(lr, seed):
    return lr + seed


def odd(lr, seed):
    if lr == 0.1 and seed:
        raise ValueError(f"no training with seed {seed}")
    return lr + seed


def killed_once(folder, lr, seed):
    """A training whose process is killed in the middle, the first time."""
    mark = Path(folder) / "killed"
    if (lr, seed) == (0.1, 1) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    time.sleep(0.02)
    return lr + seed


def always_killed(lr, seed):
    if (lr, seed) == (0.1, 1):
        os._exit(9)
    return lr + seed


# the table


def test_a_table_of_rates_and_seeds():
    table = sweep(both, lr=RATES, seed=SEEDS)
    np.testing.assert_array_equal(table.values, EXPECTED)
    np.testing.assert_array_equal(table.rates, RATES)
    np.testing.assert_array_equal(table.seeds, SEEDS)
    assert table.errors == {} and repr(table) == "<Sweep: 3 rates, 3 seeds>"
    np.testing.assert_allclose(table.mean, EXPECTED.mean(axis=1))
    np.testing.assert_allclose(
        table.standard_error, EXPECTED.std(axis=1, ddof=1) / np.sqrt(len(SEEDS)))


def test_one_rate_and_one_seed_will_do():
    table = sweep(both, lr=0.1)
    assert table.values == [[0.1]] and table.seeds == [0] and np.isnan(table.standard_error)
    assert sweep(both, lr=np.array([0.1, 1]), seed=range(2)).values.shape == (2, 2)


def test_what_is_given_to_train_are_plain_numbers():
    given = []
    sweep(lambda lr, seed: given.append((lr, seed)) or 0.0, lr=np.float32([0.5]), seed=np.arange(2))
    assert given == [(0.5, 0), (0.5, 1)]
    assert all(type(lr) is float and type(seed) is int for lr, seed in given)


@pytest.mark.parametrize("value", [1, True, np.float32(1), np.array(1)])
def test_numbers_of_all_kinds_are_numbers(value):
    assert sweep(lambda lr, seed: value, lr=0.1).values == 1


@pytest.mark.parametrize("value", ["1", None, [1, 2], np.ones(2), 1j, {}])
def test_what_is_no_number_is_an_error_of_this_training(value):
    table = sweep(lambda lr, seed: value if seed else 1.0, lr=0.1, seed=[0, 1])
    assert table.values[0, 0] == 1 and np.isnan(table.values[0, 1])
    words, = table.errors.values()
    assert words.startswith("TypeError: train must return a number, not ") and len(words) < 300


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_a_training_that_raises_loses_no_other(workers):
    executor = workers and ThreadPoolExecutor(workers)
    table = sweep(odd, lr=RATES, seed=SEEDS, executor=executor)
    assert table.errors == {(0.1, k): f"ValueError: no training with seed {k}" for k in (1, 2)}
    np.testing.assert_array_equal(np.isnan(table.values), [[0, 0, 0], [0, 1, 1], [0, 0, 0]])
    np.testing.assert_allclose(table.mean, [1.01, 0.1, 2.0])
    assert repr(table) == "<Sweep: 3 rates, 3 seeds, 2 raised an error>"


def test_a_rate_of_which_nothing_came_has_no_mean():
    table = sweep(lambda lr, seed: lr / (lr != 1), lr=[0.1, 1], seed=[0, 1])
    assert table.mean[0] == 0.1 and np.isnan(table.mean[1]) and len(table.errors) == 2


def test_a_diverged_training_is_a_value_and_no_error():
    table = sweep(lambda lr, seed: np.inf if seed else 1.0, lr=[0.1], seed=[0, 1])
    assert table.errors == {} and table.values.tolist() == [[1, np.inf]] and table.mean == 1


def test_large_values_are_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = sweep(lambda lr, seed: lr * (1 + seed), lr=[1.0, 1e200, 5e307], seed=[0, 1, 2])
        np.testing.assert_allclose(table.mean, [2, 2e200, np.inf])
        np.testing.assert_allclose(table.standard_error, [3 ** -0.5, np.inf, np.inf])
        assert np.isnan(sweep(lambda lr, seed: seed, lr=[1]).standard_error).all()


def test_large_seeds_differ():
    seeds = [2**53, 2**53 + 1, 2**100]
    table = sweep(lambda lr, seed: float(seed % 2), lr=0.1, seed=seeds)
    assert table.seeds.tolist() == seeds and table.values.tolist() == [[0, 1, 0]]


def test_a_table_can_be_pickled():
    table = pickle.loads(pickle.dumps(sweep(odd, lr=RATES, seed=SEEDS)))
    np.testing.assert_array_equal(table.mean, sweep(odd, lr=RATES, seed=SEEDS).mean)
    assert len(table.errors) == 2


def test_the_table_is_drawn():
    bowl = sweep(lambda lr, seed: (np.log10(lr) + 1) ** 2 + 0.1 + seed, lr=RATES, seed=SEEDS)
    scene = Scene(rate_curve(x=(0.005, 2), y=(0.1, 10), log_x=True)).show(bowl)
    assert "3 runs, lowest loss 1.1 at lr = 0.1" in scene.sentence()
    assert "step" not in scene.sentence().partition(".")[2]
    right = sweep(lambda lr, seed: 0.9 * (lr < 1) + 0.01 * seed, lr=RATES, seed=SEEDS)
    scene = Scene(accuracy_by_rate(x=(0.005, 2), good=0.9)).show(right)
    assert "At least 90 % at lr from 0.01 to 0.1" in scene.sentence()


# what is wrong is said


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"train": 3}, "train must be a function train(lr=, seed=), not 3"),
        ({"lr": []}, "lr is empty ([]): give at least one number"),
        ({"lr": [0.1, 0.1]}, "lr must have each number once, but 0.1 is in"),
        ({"lr": [-1]}, "lr must be one rate, 0 or above, not -1"),
        ({"lr": b"0.1"}, "lr must be one rate, 0 or above, not b'0.1'"),
        ({"lr": "0.1"}, "lr must be one rate, 0 or above, not '0.1'"),
        ({"lr": [[0.1, 1]]}, "lr must be one rate, 0 or above, not [0.1, 1]"),
        ({"seed": []}, "seed is empty"),
        ({"seed": [0, 0]}, "seed must have each number once, but 0 is in"),
        ({"seed": [0.5]}, "seed must be a whole number of at least 0, not 0.5"),
        ({"seed": [-1]}, "seed must be a whole number of at least 0, not -1"),
        ({"executor": 4}, "executor must have a method submit"),
        ({"progress": 4}, "progress must be a function that goes through the steps"),
        ({"file": "nowhere/x.jsonl"}, "file must lie in a folder that exists"),
        ({"file": "."}, "file must be a file, not the folder '.'"),
        ({"file": 3}, "file must be the name of a file, or None, not 3"),
    ],
)
def test_bad_arguments_are_named(wrong, words):
    with pytest.raises((TypeError, ValueError, OSError)) as error:
        sweep(**{"train": both, "lr": RATES, "seed": SEEDS, **wrong})
    assert words in str(error.value) and len(str(error.value)) < 300


def test_a_function_that_no_process_can_import_is_refused():
    with ProcessPoolExecutor(1) as pool, pytest.raises(TypeError, match="another process"):
        sweep(lambda lr, seed: lr, lr=RATES, executor=pool)


def test_an_executor_that_is_shut_down_is_refused():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ValueError, match="executor takes no work"):
        sweep(both, lr=RATES, executor=executor)


def test_threads_that_could_not_begin_are_refused_or_said():
    def fails():
        raise OSError("no device")
    try:
        table = sweep(both, lr=RATES, executor=ThreadPoolExecutor(1, initializer=fails))
        assert len(table.errors) == 3
    except ValueError as error:
        assert "executor is broken" in str(error)


class Cancels(ThreadPoolExecutor):
    def submit(self, *args):
        future = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_a_training_that_is_cancelled_elsewhere_is_an_error():
    table = sweep(both, lr=RATES, executor=Cancels())
    assert len(table.errors) == 3 and "CancelledError" in str(table.errors)


# progress, and where it is interrupted


def test_progress_counts_trainings():
    seen = []

    def bar(steps):
        for step in steps:
            seen.append((step, len(steps)))
            yield step
        seen.append("end")
    sweep(both, lr=RATES, seed=SEEDS, progress=bar, executor=ThreadPoolExecutor(2))
    assert seen == [*((k, 9) for k in range(9)), "end"]


def test_the_bar_goes_where_a_sweep_is_stopped():
    seen = []

    def bar(steps):
        try:
            yield from steps
        finally:
            seen.append("gone")

    def stops(lr, seed):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        sweep(stops, lr=RATES, progress=bar)
    assert seen == ["gone"]


def test_what_is_interrupted_begins_no_more_trainings():
    begun, go = [], threading.Event()

    def waits(lr, seed):
        begun.append(lr)
        go.wait(10)
        return lr

    def stopped(steps):
        for step in steps:
            if step == 1:
                raise KeyboardInterrupt
            go.set()
            yield step
            go.clear()
    executor = ThreadPoolExecutor(1)
    with pytest.raises(KeyboardInterrupt):
        sweep(waits, lr=np.geomspace(0.001, 1, 50), executor=executor, progress=stopped)
    go.set()
    executor.shutdown()
    assert len(begun) < 10


# a file


def test_what_a_file_has_is_not_trained_again(tmp_path):
    file, trained = tmp_path / "sweep.jsonl", []

    def train(lr, seed):
        trained.append((lr, seed))
        return odd(lr, seed)
    first = sweep(train, lr=RATES, seed=SEEDS, file=file)
    assert len(trained) == 9
    again = sweep(train, lr=RATES, seed=SEEDS, file=file)
    assert trained[9:] == [(0.1, 1), (0.1, 2)], "only what raised an error is tried again"
    np.testing.assert_array_equal(again.values, first.values)
    more = sweep(train, lr=[*RATES, 10], seed=[0, 3], file=file)
    assert trained[11:] == [(0.01, 3), (0.1, 3), (1.0, 3), (10, 0), (10, 3)]
    assert more.values[3, 1] == 13 and (0.1, 3) in more.errors
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len(trained) and lines[0] == {"lr": 0.01, "seed": 0, "value": 0.01}


@pytest.mark.parametrize("value", [0.1 + 0.2, np.inf, -np.inf, np.nan, 1e-320])
def test_a_file_keeps_each_bit(value, tmp_path):
    file = tmp_path / "x.jsonl"
    for _ in range(2):
        table = sweep(lambda lr, seed: value, lr=1 / 3, file=str(file))
        np.testing.assert_array_equal(table.values, [[value]])
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1


def test_a_line_that_is_not_whole_is_taken_away(tmp_path):
    file = tmp_path / "x.jsonl"
    sweep(both, lr=RATES, file=file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text[:-9], encoding="utf-8")
    np.testing.assert_array_equal(sweep(both, lr=RATES, file=file).values[:, 0], RATES)
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("line", ["hello", "[]", "{}", '{"lr": 1, "seed": 0}', "1", "null",
                                  '{"lr": "x", "seed": 0, "value": 1}'])
def test_a_file_of_something_else_is_refused_and_stays(line, tmp_path):
    file = tmp_path / "x.jsonl"
    file.write_text(f'{{"lr": 0.1, "seed": 0, "value": 1}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2 of") as error:
        sweep(both, lr=RATES, file=file)
    assert len(str(error.value)) < 300 and file.read_text(encoding="utf-8").endswith(f"{line}\n")


@pytest.mark.parametrize("text", [
    "hello", "1", "{}", '{"seed": 0', "\n", '{"lr": 0.1, "seed": 0, "value": 1}\nhello',
    b"\x89PNG", b"\xff\n",
])
def test_a_file_of_something_else_stays_though_its_last_line_has_no_end(text, tmp_path):
    file, text = tmp_path / "x.txt", text if isinstance(text, bytes) else text.encode()
    file.write_bytes(text)
    with pytest.raises(ValueError, match="file must hold results of a sweep, but line") as error:
        sweep(both, lr=RATES, file=file)
    assert len(str(error.value)) < 300 and file.read_bytes() == text


# processes and a cluster, which are really killed


@pytest.fixture
def processes(another_python):
    """Processes that start anew, as on all systems."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


def test_processes(processes):
    table = sweep(odd, lr=RATES, seed=SEEDS, executor=processes)
    assert len(table.errors) == 2 and np.nansum(table.values) == pytest.approx(9.13)


def test_a_process_that_is_killed_loses_nothing(processes, tmp_path):
    table = sweep(partial(killed_once, tmp_path), lr=RATES, seed=SEEDS, executor=processes)
    assert (tmp_path / "killed").exists() and table.errors == {}
    np.testing.assert_array_equal(table.values, EXPECTED)


def test_a_training_that_always_kills_its_process_is_an_error_in_words(processes):
    table = sweep(always_killed, lr=RATES, seed=SEEDS, executor=processes)
    assert list(table.errors) == [(0.1, 1)] and table.errors[0.1, 1].startswith("ProcessKilled: ")
    expected = EXPECTED.copy()
    expected[1, 1] = np.nan
    np.testing.assert_array_equal(table.values, expected)
    again = sweep(both, lr=RATES, seed=SEEDS, executor=processes)  # this pool is broken by now
    np.testing.assert_array_equal(again.values, EXPECTED)


SCRIPT = """
import signal, time
from lrteach import sweep
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background ignores
def train(lr, seed):
    open({log!r}, "a", encoding="utf-8").write(f"{{lr}} {{seed}}\\n")
    time.sleep({seconds})
    return lr + seed
table = sweep(train, lr={rates}, seed={seeds}, file={file!r})
print(table.values.tolist())
"""


@pytest.mark.parametrize("end", ["SIGINT", "SIGKILL"])
@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are those of POSIX")
def test_an_interrupted_sweep_goes_on_from_its_file(end, tmp_path, another_python):
    file, log = tmp_path / "sweep.jsonl", tmp_path / "log"

    def script(seconds):
        words = SCRIPT.format(log=str(log), seconds=seconds, rates=RATES, seeds=SEEDS,
                              file=str(file))
        return [another_python, "-c", words]
    process = subprocess.Popen(script(0.3), stderr=subprocess.DEVNULL)
    while not file.exists() or file.read_text(encoding="utf-8").count("\n") < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(getattr(signal, end))
    assert process.wait(60) != 0
    kept = file.read_text(encoding="utf-8").count("\n")
    assert 3 <= kept < 9
    log.write_text("", encoding="utf-8")
    printed = subprocess.run(script(0), check=True, capture_output=True, text=True).stdout
    np.testing.assert_array_equal(json.loads(printed), EXPECTED)
    assert log.read_text(encoding="utf-8").count("\n") == 9 - kept


def test_a_cluster_of_dask_runs_what_a_killed_worker_had(another_python, tmp_path):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        executor = client.get_executor()
        table = sweep(partial(killed_once, tmp_path), lr=RATES, seed=SEEDS, executor=executor)
        raised = sweep(odd, lr=RATES, seed=SEEDS, executor=executor)
    assert (tmp_path / "killed").exists() and table.errors == {}
    np.testing.assert_array_equal(table.values, EXPECTED)
    assert sorted(raised.errors) == [(0.1, 1), (0.1, 2)]
