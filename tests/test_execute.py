"""Lessons are executed when something changed, and only then; notebooks are written when they must be, and only then."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tests.miniature import edit, environment, run, write_contents, write_lesson
from tools.book.lessons import code_cells, problems
from tools.execute import cache
from tools.execute.__main__ import spelled_out

CLAIM = """from IPython.display import display
record = {"id": "models/one/better", "holds": True, "seeds": [0, 1, 2]}
display({"application/vnd.fbm.claim+json": record}, raw=True)"""


@pytest.fixture(scope="module")
def executed_book(tmp_path_factory):
    root = tmp_path_factory.mktemp("book")
    write_lesson(root, "models/one", [("", "print(0.5)"), ("", CLAIM), ("hide-output", "1"), ("hide-cell", "2")])
    write_lesson(root, "models/two", [("timing", "import time; print(time.time())")])
    (root / "requirements.txt").write_text("torch==1\n")
    (root / "fbm_helpers").mkdir()
    (root / "fbm_helpers" / "data.npz").write_bytes(b"1")
    done = run(root, "tools.execute")
    assert done.returncode == 0 and done.stdout.count("notebook written") == 2, done.stderr
    return root


@pytest.fixture
def book(executed_book, tmp_path):
    """A book of two lessons that was executed."""
    return shutil.copytree(executed_book, tmp_path / "book")


def executed(book, *names, **variables):
    """Execute and return the names of the lessons that were."""
    done = run(book, "tools.execute", *names, **variables)
    assert done.returncode == 0, done.stderr
    return {line.split()[1] for line in done.stdout.splitlines() if line.startswith("[")}


def notebooks(book):
    return {path.stem: path.read_bytes() for path in book.glob("lessons/*/*.ipynb")}


def test_a_second_call_executes_nothing_and_an_edit_executes_one_lesson(book):
    assert executed(book) == set()
    write_lesson(book, "models/two", [("", "print(0.25)")])
    assert executed(book) == {"models/two"}
    assert executed(book) == set()


@pytest.mark.parametrize(("file", "content"), [("requirements.txt", "torch==2\n"), ("fbm_helpers/data.npz", "2")])
def test_what_all_lessons_rest_on_executes_all_and_notebooks_that_agree_stay(book, file, content):
    before = notebooks(book)
    (book / file).write_text(content)
    assert executed(book) == {"models/one", "models/two"}
    assert notebooks(book) == before


def test_other_seeds_execute_again(book):
    assert executed(book, FBM_SEED="1") == {"models/one", "models/two"}


def test_a_lesson_that_passed_the_tests_is_not_executed_by_the_book(book):
    (book / "_build" / "cache" / "models" / "one.json").unlink()
    assert run(book, "pytest", "-p", "tests.nbval_plugin", "--nbval", "lessons").returncode == 0
    assert executed(book) == set()


def test_a_damaged_record_is_no_record(book):
    (book / "_build" / "cache" / "models" / "one.json").write_text('{"key": ')
    assert executed(book) == {"models/one"}


def test_an_altered_output_is_executed_and_noticed(book):
    edit(book / "lessons/models/one.md", lambda nb: code_cells(nb)[0].outputs[0].update(text="0.6\n"))
    done = run(book, "tools.execute")
    assert done.returncode == 3 and "cell 1: output 1 (stdout): stored 0.6, came 0.5" in done.stdout
    *_, which, meaning, cure = done.stderr.splitlines()
    assert which == "Outputs differ from the stored notebooks: models/one in cell 1."
    assert "every claim holds" in meaning and "make lesson NAME=models/one" in cure
    status = json.loads((book / "_build/status.json").read_text())
    assert status["models/one"]["differs"] == [1] and status["models/two"]["differs"] == []


def test_a_difference_is_remembered_and_said_again_without_executing_again(book):
    edit(book / "lessons/models/one.md", lambda nb: code_cells(nb)[0].outputs[0].update(text="0.6\n"))
    first, second = run(book, "tools.execute"), run(book, "tools.execute")
    assert first.returncode == second.returncode == 3 and first.stderr == second.stderr
    assert "[1/1]" in first.stdout and "[1/1]" not in second.stdout
    edit(book / "lessons/models/one.md", lambda nb: code_cells(nb)[0].outputs[0].update(text="0.5\n"))
    assert executed(book) == {"models/one"}


def test_three_differences_of_a_lesson_are_spelled_out():
    said = spelled_out({1: ["a", "b"], 7: ["c", "d"]})
    assert said == ["    cell 1: a", "    cell 1: b", "    cell 7: c", "    and 1 more"]


def test_a_failure_outweighs_a_difference(book):
    edit(book / "lessons/models/one.md", lambda nb: code_cells(nb)[0].outputs[0].update(text="0.6\n"))
    write_lesson(book, "models/two", [("", "1 / 0")])
    assert run(book, "tools.execute").returncode == 1


def test_switches_and_own_images_count_and_stray_files_do_not(book, tmp_path):
    assert executed(book, FBM_DOWNLOAD="1") == {"models/one", "models/two"}
    assert executed(book) == {"models/one", "models/two"}
    for stray in (".DS_Store", ".data.py.swp", "data.npz~"):
        (book / "fbm_helpers" / stray).write_bytes(b"x")
    assert executed(book, FBM_JOBS="1", FBM_CACHE="elsewhere") == set()
    images = tmp_path / "images"
    images.mkdir()
    image = images / "1.png"
    image.write_bytes(b"1")
    assert executed(book, FBM_DATA=str(images)) == {"models/one", "models/two"}
    assert executed(book, FBM_DATA=str(images)) == set()
    image.write_bytes(b"12")
    assert executed(book, FBM_DATA=str(images)) == {"models/one", "models/two"}
    (book / "own").mkdir()
    assert executed(book, FBM_DATA="own") == {"models/one", "models/two"}
    assert executed(book, FBM_DATA="own") == set()
    (book / "own" / "1.png").write_bytes(b"1")
    assert executed(book, FBM_DATA="own") == {"models/one", "models/two"}, "a lesson looks above its own folder"


def test_prose_reaches_the_notebook_without_execution(book):
    md = book / "lessons/models/one.md"
    md.write_text(md.read_text().replace("# A toy", "# Another toy"))
    done = run(book, "tools.execute")
    assert "models/one: prose updated" in done.stdout and executed(book) == set()
    assert b"# Another toy" in notebooks(book)["one"] and problems(md) == []


def test_a_rewritten_lesson_that_did_not_change_is_the_same_to_the_byte(book):
    before = notebooks(book)
    done = run(book, "tools.execute", "--rewrite", "models/one", "models/two")
    assert done.stdout.count("notebook written") == 2
    assert notebooks(book)["one"] == before["one"]
    assert notebooks(book)["two"] != before["two"]


def test_results_and_solutions_are_folded_for_colab_and_jupyterlab(book):
    *_, result, solution = json.loads(notebooks(book)["one"])["cells"]
    assert result["metadata"] == {"jupyter": {"outputs_hidden": True}, "tags": ["hide-output"]}
    assert solution["metadata"] == {
        "cellView": "form",
        "jupyter": {"source_hidden": True},
        "tags": ["hide-cell"],
    }


def test_reports_tell_claims_and_versions(book):
    (claim,) = json.loads((book / "_build/claims.json").read_text())
    assert claim == {"lesson": "models/one", "id": "models/one/better", "holds": True, "seeds": [0, 1, 2]}
    status = json.loads((book / "_build/status.json").read_text())
    assert set(status) == {"models/one", "models/two"} and status["models/one"]["claims"] == 1
    assert {"seconds", "executed", "python", "torch", "torchvision", "numpy"} < set(status["models/one"])
    assert status["models/one"]["soak"] is None


def test_reports_follow_the_order_of_the_book(book):
    assert list(json.loads((book / "_build/status.json").read_text())) == ["models/one", "models/two"]
    write_contents(book, ["models/two", "models/one"])
    assert executed(book) == set()
    assert list(json.loads((book / "_build/status.json").read_text())) == ["models/two", "models/one"]


def test_an_unknown_lesson_is_named_beside_the_known_ones(book):
    done = run(book, "tools.execute", "models/three")
    assert (
        done.returncode == 1 and "no lesson 'models/three'" in done.stderr and "models/one, models/two" in done.stderr
    )


def test_nothing_half_written_is_left(book):
    assert [path for path in book.rglob(".*") if path.is_file()] == []
    assert cache.last(book / "lessons/models/one.md")["seconds"] > 0


SLOW = "import os, time\nfrom pathlib import Path\nPath('pid').write_text(f'{os.getpid()}.')\ntime.sleep(60)"


def test_a_kernel_takes_no_port_that_another_process_may_take_first(tmp_path):
    asked = "import json\nfrom ipykernel.connect import get_connection_info\nprint(json.loads(get_connection_info())['transport'])"
    md = write_lesson(tmp_path, "models/one", [("", asked)])
    assert executed(tmp_path) == {"models/one"}
    assert code_cells(nbformat.read(md.with_suffix(".ipynb"), as_version=4))[0].outputs[0].text == "ipc\n"


WORKERS = """import os, time
from pathlib import Path
import joblib
workers = joblib.Parallel(2)(joblib.delayed(lambda: (time.sleep(1), os.getpid())[1])() for _ in range(2))
Path("pids").write_text(" ".join(map(str, [os.getpid(), *workers])))"""


def test_a_kernel_is_ended_with_its_workers_and_leaves_nothing(tmp_path):
    md = write_lesson(tmp_path, "models/one", [("", WORKERS)])
    assert executed(tmp_path) == {"models/one"}
    pids = md.with_name("pids").read_text().split()
    assert len(pids) == 3
    deadline = time.monotonic() + 20
    while left := [pid for pid in pids if Path("/proc", pid).exists() or [*Path("/dev/shm").glob(f"*-{pid}-*")]]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


# A shell that runs tests in the background has its children ignore interrupts.
LISTENING = """import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("tools.execute", run_name="__main__")"""


def test_an_interrupt_takes_the_kernel_down_and_writes_no_notebook(tmp_path):
    md = write_lesson(tmp_path, "models/slow", [("", SLOW)])
    pid = md.with_name("pid")
    command = [sys.executable, "-c", LISTENING]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        while not (pid.exists() and pid.read_text().endswith(".")):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert "stopped" in process.communicate(timeout=30)[1]
    assert process.returncode == 1 and notebooks(tmp_path) == {}
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()[:-1]), 0)
