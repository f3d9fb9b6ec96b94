"""Lessons run with pinned arithmetic, whatever the caller's environment says of it."""

import json
import platform

import pytest

from tests.miniature import run, write_lesson
from tools.book.lessons import code_cells, read_stored
from tools.execute import arithmetic

CELL = """import json, os
from joblib import Parallel, delayed


def settings(_):
    import torch

    names = ["ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"]
    return [os.environ.get(name) for name in names] + [torch.backends.cpu.get_cpu_capability()]


(worker,) = Parallel(n_jobs=2)(delayed(settings)(n) for n in range(1))
print(json.dumps([settings(0), worker]))"""
HOSTILE = {
    "ATEN_CPU_CAPABILITY": "default",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "AUTO",
    "OMP_NUM_THREADS": "3",
    "NPY_ENABLE_CPU_FEATURES": "NONE",
}
PINNED = ["avx2", None, "COMPATIBLE", "1", "", "AVX2"]


@pytest.mark.skipif(not arithmetic.exact(), reason="another arithmetic")
@pytest.mark.parametrize("command", [["tools.execute"], ["pytest", "-p", "tests.nbval_plugin", "--nbval", "lessons"]])
def test_a_kernel_and_its_workers_are_pinned_in_a_hostile_environment(command, tmp_path):
    md = write_lesson(tmp_path, "models/toy", [("", CELL)])
    assert (
        run(tmp_path, "tools.execute").returncode == 0
    )  # without the hostile environment: what the second run must show
    assert json.loads(code_cells(read_stored(md))[0].outputs[0].text) == [PINNED, PINNED]
    done = run(tmp_path, *command, **HOSTILE, FBM_ANYTHING="so that it is executed again")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Darwin", "Windows"])
def test_other_systems_are_told_what_is_compared_there(name, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: name)
    assert not arithmetic.exact() and "within what seeds do" in arithmetic.announcement()


@pytest.mark.parametrize(("variable", "value"), [("FBM_SEED", "4"), ("FBM_DATA", "cifar10")])
def test_other_seeds_and_images_are_not_compared_exactly(variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    assert not arithmetic.exact()


def test_a_processor_without_avx2_is_not_compared_exactly(monkeypatch):
    monkeypatch.setattr(arithmetic, "_cpuinfo", lambda key: {"flags": "sse4_2 avx", "model name": "An old one"}[key])
    assert not arithmetic.exact() and "An old one" in arithmetic.announcement()
