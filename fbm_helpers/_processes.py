"""Calls in processes of their own: each on its own copies, in the surroundings of the caller.

A single process is not the caller's either, though its start takes about two seconds, once. In the caller's, cloudpickle would
not copy a notebook's class but reset it, and what modules keep, such as caches and print options, would stay changed.
"""

import contextlib
import os
import pickle
import platform
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle
import torch
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import get_active_backend

LIBRARIES = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")  # each has a variable for its number of threads
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}


class Remote(Exception):
    """The traceback of an error in another process, as text."""

    def __str__(self) -> str:
        """Return the traceback on lines of its own."""
        return f"\n{self.args[0]}"


def copied(what: str, *values: object) -> bytes:
    """Return ``values`` as bytes, from which `copies` makes a fresh copy for each call.

    Parameters
    ----------
    what : str
        What they are, for an error's message.
    *values
        Anything; functions and classes of a notebook are copied with the globals that they use.

    Returns
    -------
    bytes
        The pickle.

    Raises
    ------
    TypeError
        If a value cannot be copied.
    """
    try:
        return cloudpickle.dumps(values)
    except Exception as error:
        raise TypeError(
            f"{what}: expected what can be copied, for every trial works on its own copy, got {error}; "
            "make such an object inside the experiment"
        ) from error


def copies(pickled: bytes) -> tuple:
    """Return a fresh copy of what `copied` was given."""
    try:
        return pickle.loads(pickled)
    except Exception as error:
        cure = "write it without a decorator that hides it, such as functools.cache, or in a module of its own"
        raise TypeError(f"experiment: another process cannot make it from what was sent ({error}); {cure}") from error


@dataclass(frozen=True)
class Surroundings:
    """What code finds around it: environment variables, working folder, search path and default dtype; and where that was."""

    variables: dict[str, str]
    folder: str
    path: list[str]
    dtype: torch.dtype
    process: tuple[str, int]

    @classmethod
    def here(cls) -> "Surroundings":
        """Return those of this process. In them, trials start one process at a time: their own are in parallel already."""
        variables = dict(os.environ) | {"FBM_JOBS": "1"}
        return cls(variables, os.getcwd(), list(sys.path), torch.get_default_dtype(), (platform.node(), os.getpid()))

    def enter(self) -> None:
        """Make them those of this process; refuse the process that they come from, where nothing would be a copy."""
        if (platform.node(), os.getpid()) == self.process:
            raise RuntimeError(
                "joblib's backend: expected one of other processes, such as 'loky' or 'dask', got one that runs trials in the "
                "process of the caller, where they would share random numbers and objects"
            )
        if dict(os.environ) != self.variables:  # to set them takes longer than a short trial
            os.environ.clear()
            os.environ.update(self.variables)
        sys.path[:] = self.path
        torch.set_default_dtype(self.dtype)
        with contextlib.suppress(OSError):  # a cluster's machine may not have the folder
            os.chdir(self.folder)


def spread(jobs: int, function: Callable, calls: Sequence[tuple]) -> Iterator[Any]:
    """Call a function in other processes; yield what it returns, in order.

    Parameters
    ----------
    jobs : int
        How many processes; one, too, is another than this. joblib's switch (``parallel_config``) to a cluster takes precedence.
    function : callable
        One of a module.
    calls : sequence of tuple
        The arguments of each call; objects of a notebook as bytes, by `copied`.

    Yields
    ------
    object
        What a call returned.
    """
    backend, _ = get_active_backend(prefer="processes")
    if type(backend).__name__ != "LokyBackend":
        yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(function)(*call) for call in calls)
        return
    executor = get_reusable_executor(max_workers=jobs, timeout=300, env=ONE_THREAD)
    together = max(1, len(calls) // (32 * jobs))  # else hundreds of quick trials would wait for their transport
    parts = [calls[start : start + together] for start in range(0, len(calls), together)]
    futures = [executor.submit(_several, function, part) for part in parts]
    try:
        for future in futures:
            yield from future.result()
    except TerminatedWorkerError as error:
        error.add_note("A process that ends without a word was often short of memory: FBM_JOBS=1 runs one at a time.")
        raise
    finally:
        if not all(future.cancel() or future.done() for future in futures):
            executor.shutdown(kill_workers=True)  # nobody waits for what still runs


def _several(function: Callable, calls: Sequence[tuple]) -> list:
    return [function(*call) for call in calls]


def answer(function: Callable, *arguments: object, note: str) -> bytes:
    """Call a function; pack what it returns, or the error that it raises, for `opened` in another process.

    Parameters
    ----------
    function : callable
        What to call.
    *arguments
        What to call it with.
    note : str
        What is added to an error.

    Returns
    -------
    bytes
        A pickle.
    """
    try:
        return _packed(function(*arguments))
    except Exception as error:  # noqa: BLE001  a trial's code may raise anything
        error.add_note(note)
        return cloudpickle.dumps((_portable(error), "".join(traceback.format_exception(error))))


def opened(answered: bytes) -> Any:
    """Return what `answer` packed, or raise it."""
    value, trace = pickle.loads(answered)
    if trace is not None:
        raise pickle.loads(value) from Remote(trace)
    return value


def _packed(value: object) -> bytes:
    try:
        return cloudpickle.dumps((value, None))
    except Exception as error:
        raise TypeError(f"experiment: expected to return what can be sent to another process, got {error}") from error


def _portable(error: Exception) -> bytes:
    """Return a pickle of an error that keeps its type and text, if need be without what cannot be pickled of it."""
    told = f"{type(error).__name__}: {error}"
    state = {name: value for name, value in vars(error).items() if _survives(value)}
    arguments = [value if _survives(value) else repr(value) for value in error.args]
    for again in (error, _Parts(type(error), arguments, state), _Parts(RuntimeError, [told], state)):
        if _survives(again, told):
            break
    return cloudpickle.dumps(again)


class _Parts:
    """An error that is made anew without its constructor, which may ask for other arguments than it keeps."""

    def __init__(self, *parts: object):
        self.parts = parts

    def __reduce__(self) -> tuple:
        return _made, self.parts


def _made(kind: type[Exception], arguments: list, state: dict) -> Exception:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


def _survives(value: object, told: str | None = None) -> bool:
    """Say whether a value can be pickled and read again; as an error, also whether it then says what it said."""
    try:
        again = pickle.loads(cloudpickle.dumps(value))
        return told is None or f"{type(again).__name__}: {again}" == told
    except Exception:  # noqa: BLE001  so may the making of an object anew
        return False
