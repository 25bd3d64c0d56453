"""How a sweep uses an executor of `concurrent.futures`, and outlives processes that are killed."""

import pickle
import sys
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait

from .arguments import shown

KILLED = "ProcessKilled: the process of this training ended in the middle, and once more, alone"
IN_MAIN = (". A process that is started anew does not know what a notebook defines: "
           "put the function into a file, or use threads")


def attempt(train, lr, seed):
    """(number, None), or (None, the sentence of the error). This runs in the worker."""
    try:
        value = train(lr=lr, seed=seed)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    try:
        return float(value + 0), None  # a number or a tensor with one, no text
    except Exception:
        return None, f"TypeError: train must return a number, not {shown(value)}"


def check_executor(executor, train):
    """An error in words unless this is an executor that can be given `train`."""
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError("executor must have a method submit, as those of concurrent.futures have, "
                        f"not {shown(executor)}")
    if has_processes(executor):
        try:
            pickle.dumps(train)
        except Exception:
            raise TypeError(f"train cannot be sent to another process, as {shown(train)} is not "
                            "at the top level of a module: define it there, or use threads"
                            ) from None


def has_processes(executor):
    """Whether it is a ProcessPoolExecutor. A browser has no processes, so none is imported here."""
    module = sys.modules.get("concurrent.futures.process")
    return module is not None and isinstance(executor, module.ProcessPoolExecutor)


def outcomes(train, todo, executor):
    """Yield (which, number, error) for each `which` of todo, in the order in which they end."""
    if executor is None:
        for which in todo:
            yield which, *attempt(train, *which)
        return
    pool, waiting, running = executor, deque(todo), {}
    suspects, broken = [], False
    try:
        while waiting or running:
            while waiting and not broken and len(running) < room(pool, todo):
                future = submitted(pool, train, waiting[0])
                if future:
                    running[future] = waiting.popleft()
                else:
                    broken = True
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                which = running.pop(future)
                if broke(future, pool):
                    suspects.append(which)
                    broken = True
                else:
                    yield which, *result_of(future)
            if broken and not running:
                for which in suspects:
                    yield which, *alone(train, which, executor)
                pool, suspects, broken = renewed(executor), [], False
    finally:
        for future in running:
            future.cancel()
        if pool is not executor:
            pool.shutdown(wait=False, cancel_futures=True)


def room(pool, todo):
    """How many trainings are in its hands at a time: of processes those that run, no queue.

    So where one is killed there are few that may have been the reason.
    """
    return pool._max_workers if has_processes(pool) else len(todo)


def submitted(pool, train, which):
    """The Future of one training; None where the pool's processes have been killed."""
    try:
        return pool.submit(attempt, train, *which)
    except BrokenExecutor as error:
        if has_processes(pool):
            return None
        raise ValueError(f"executor is broken ({shown(str(error))}): give a new one") from None
    except RuntimeError as error:
        raise ValueError(f"executor takes no work ({shown(str(error))}): give one that is open"
                         ) from None


def broke(future, pool):
    """Whether this training was in the hands of processes of which one was killed."""
    killed = not future.cancelled() and isinstance(future.exception(), BrokenExecutor)
    return killed and has_processes(pool)


def result_of(future):
    """What `attempt` returned; of a training that was lost, the reason."""
    try:
        return future.result()
    except BaseException as error:  # also concurrent.futures' CancelledError
        return None, f"{type(error).__name__}: {error}"


def renewed(pool, workers=None):
    """New processes like those of a pool."""
    from concurrent.futures import ProcessPoolExecutor  # there are none in a browser

    return ProcessPoolExecutor(workers or pool._max_workers, pool._mp_context,
                               pool._initializer, pool._initargs)


def alone(train, which, executor):
    """The outcome of a training that may have been the reason: in a process of its own."""
    with renewed(executor, workers=1) as pool:
        future = submitted(pool, train, which)
        wait([future])
        if not broke(future, pool):
            return result_of(future)
    return None, KILLED + (IN_MAIN if getattr(train, "__module__", "") == "__main__" else "")
