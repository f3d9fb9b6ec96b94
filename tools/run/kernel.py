"""Execute lessons, each in a kernel process of its own, as many at a time as there are cores."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

from tools.book.lessons import code_cells, counts, name, place, read_source

CELL_TIMEOUT = 600  # seconds; a whole lesson has a budget of 45


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
    failure : str
        Why it failed, in words; empty if it did not.
    """

    md: Path
    variables: Mapping[str, str]
    nb: NotebookNode
    seconds: float
    failure: str


def environment(running: int) -> dict[str, str]:
    """Return what to add to a kernel's environment when ``running`` lessons share the machine.

    Progress bars stay out of the outputs, and the trials of a lesson use its share of the cores.
    """
    return {"FBM_PROGRESS": "0", "FBM_JOBS": str(max(1, joblib.cpu_count() // running))}


def run_all(tasks: Sequence[tuple[Path, Mapping[str, str]]], finish: Callable[[Run], str], width: int = 0) -> None:
    """Execute lessons and print a line for each as it ends; on Ctrl-C, stop their kernels.

    Parameters
    ----------
    tasks : sequence of (Path, mapping)
        Sources in the order to start them, each with variables to add to its kernel's environment.
    finish : callable
        Called with each `Run` as it ends; returns what to say of it.
    width : int, optional
        How many at a time; by default, as many as there are cores.
    """
    if tasks:
        asyncio.run(_run_all(tasks, finish, min(len(tasks), width or joblib.cpu_count())))


async def _run_all(tasks: Sequence, finish: Callable[[Run], str], width: int) -> None:
    slots, shared, done = asyncio.Semaphore(width), environment(width), 0

    async def one(md: Path, variables: Mapping[str, str]) -> None:
        nonlocal done
        async with slots:
            run = await _run(md, {**shared, **variables})
        done += 1
        print(f"[{done}/{len(tasks)}] {name(md)}  {run.seconds:.1f} s  {finish(run)}".rstrip(), flush=True)

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(*task))


async def _run(md: Path, variables: Mapping[str, str]) -> Run:
    """Execute one lesson up to its end or its first error."""
    nb, failure, number = read_source(md), "", 0
    cell = nb.cells[0]
    started = time.monotonic()
    options = {"timeout": CELL_TIMEOUT, "record_timing": False, "coalesce_streams": True}
    client = NotebookClient(nb, resources={"metadata": {"path": str(md.parent)}}, **options)
    client.create_kernel_manager()
    # The process's own stderr has only remarks about the network; what a cell writes to stderr is an output.
    await client.async_start_new_kernel(env={**os.environ, **variables}, stderr=subprocess.DEVNULL)
    try:
        await client.async_start_new_kernel_client()
        for index, cell in enumerate(nb.cells):
            number += counts(cell)
            await client.async_execute_cell(cell, index)
    except CellExecutionError as error:
        failure = f"{place(md, number, cell)}\n{error.ename}: {error.evalue}"
    except (CellTimeoutError, RuntimeError) as error:  # the kernel died, or never answered
        if asyncio.current_task().cancelling():  # nbclient takes Ctrl-C for a dead kernel
            raise asyncio.CancelledError from error
        failure = f"{place(md, number, cell)}\n{error}"
    finally:
        if client.km:  # else the client found that its kernel cannot start, and has cleaned up
            await client.km.shutdown_kernel()
        if client.kc:
            client.kc.stop_channels()
    return Run(md, variables, nb, time.monotonic() - started, failure or _complaints(md, nb))


def _complaints(md: Path, nb: NotebookNode) -> str:
    """Return what cells wrote to stderr: a page with a warning on it is not fit to publish."""
    return "\n".join(
        f"{place(md, number, cell)}\nwrites to stderr: {output.text.strip()}"
        for number, cell in enumerate(code_cells(nb), 1)
        for output in cell.outputs
        if output.get("name") == "stderr"
    )
