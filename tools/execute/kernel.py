"""Execute lessons, each in a kernel process of its own, as many at a time as there are cores."""

import asyncio
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import joblib
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

from tools.book.lessons import code_cells, counts, name, place, read_source
from tools.execute.arithmetic import pinned

CELL_TIMEOUT = 600  # seconds; whole lessons have budgets far below
STARTUP_TIMEOUT = 300  # an emulated kernel takes minutes


@dataclass
class Run:
    """One execution of a lesson.

    Attributes
    ----------
    md : Path
        Its source.
    variables : mapping
        What was added to the kernel's environment for it.
    nb : NotebookNode
        The notebook with outputs, up to the cell that failed.
    seconds : float
        How long it took, start of the kernel included.
    cores : int
        How many cores it had for itself.
    failures : dict
        From the number of a cell that failed, or that wrote to stderr, to the reason in words.
    """

    md: Path
    variables: Mapping[str, str]
    nb: NotebookNode
    seconds: float
    cores: int
    failures: dict[int, str]

    @property
    def failure(self) -> str:
        """Where and why it failed; empty if it did not."""
        cells = code_cells(self.nb)
        return "\n".join(f"{place(self.md, n, cells[n - 1])}\n{reason}" for n, reason in self.failures.items())


def environment(running: int) -> dict[str, str]:
    """Return the environment of a kernel when ``running`` lessons share the machine.

    Its arithmetic is pinned, progress bars stay out of the outputs, and trials use the lesson's share of the cores.
    """
    return pinned() | {"FBM_PROGRESS": "0", "FBM_JOBS": str(max(1, joblib.cpu_count() // running))}


def run_one(md: Path, running: int) -> Run:
    """Execute one lesson, of ``running`` that share the machine."""
    return asyncio.run(_run(md, environment(running), timeout=CELL_TIMEOUT))


def run_all(
    tasks: Sequence[tuple[Path, Mapping[str, str]]],
    finish: Callable[[Run], str],
    width: int = 0,
    kernel: str = "python3",
    timeout: int | None = CELL_TIMEOUT,
) -> None:
    """Execute lessons and print a line for each as it ends; on Ctrl-C, stop their kernels.

    Parameters
    ----------
    tasks : sequence of (Path, mapping)
        Sources in the order to start them, each with variables to add to its kernel's environment.
    finish : callable
        Called with each `Run` as it ends; returns what to say of it.
    width : int, optional
        How many at a time; by default, as many as there are cores.
    kernel : str, optional
        The name of a kernel that Jupyter knows.
    timeout : int, optional
        Seconds that a cell may take; ``None`` if any number.
    """
    if tasks:
        width = min(len(tasks), width or joblib.cpu_count())
        asyncio.run(_run_all(tasks, finish, width, kernel_name=kernel, timeout=timeout))


async def _run_all(tasks: Sequence, finish: Callable[[Run], str], width: int, **options: object) -> None:
    slots, shared, done = asyncio.Semaphore(width), environment(width), 0

    async def one(md: Path, variables: Mapping[str, str]) -> None:
        nonlocal done
        async with slots:
            run = await _run(md, {**shared, **variables}, variables, **options)
        done += 1
        print(f"[{done}/{len(tasks)}] {name(md)}  {run.seconds:.1f} s  {finish(run)}".rstrip(), flush=True)

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(*task))


async def _run(md: Path, environment: Mapping, variables: Mapping = MappingProxyType({}), **options: object) -> Run:
    """Execute one lesson up to its end or its first error."""
    nb, failures, number = read_source(md), {}, 0
    started = time.monotonic()
    options |= {"startup_timeout": STARTUP_TIMEOUT, "record_timing": False, "coalesce_streams": True}
    with tempfile.TemporaryDirectory(prefix="fbm-") as sockets:
        client = NotebookClient(nb, resources={"metadata": {"path": str(md.parent)}}, **options)
        client.create_kernel_manager()
        # Files, not ports: a port that was found free may be another process's when the kernel comes to take it.
        client.km.transport, client.km.connection_file = "ipc", str(Path(sockets) / "kernel.json")
        # The process's own stderr has only remarks about the network; what a cell writes to stderr is an output.
        await client.async_start_new_kernel(env=dict(environment), stderr=subprocess.DEVNULL)
        try:
            await client.async_start_new_kernel_client()
            for index, cell in enumerate(nb.cells):
                number += counts(cell)
                await client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            failures[number] = f"{error.ename}: {error.evalue}"
        except (CellTimeoutError, RuntimeError) as error:  # the kernel died, or never answered
            if asyncio.current_task().cancelling():  # nbclient takes Ctrl-C for a dead kernel
                raise asyncio.CancelledError from error
            failures[max(1, number)] = str(error)
        finally:
            if client.km:  # else the client found that its kernel cannot start, and has cleaned up
                # Its workers are told to end as it is: a kernel that is asked to shut down waits seconds for them.
                await client.km.signal_kernel(signal.SIGTERM)
                await client.km.finish_shutdown()
                await client.km.cleanup_resources()
            if client.kc:
                client.kc.stop_channels()
    seconds, cores = time.monotonic() - started, int(environment["FBM_JOBS"])
    return Run(md, variables, nb, seconds, cores, _complaints(nb) | failures)


def _complaints(nb: NotebookNode) -> dict[int, str]:
    """Return what cells wrote to stderr: a page with a warning on it is not fit to publish."""
    return {
        number: f"writes to stderr: {output.text.strip()}"
        for number, cell in enumerate(code_cells(nb), 1)
        for output in cell.outputs
        if output.get("name") == "stderr"
    }
