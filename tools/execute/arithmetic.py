"""Arithmetic that every x86-64 processor with AVX2 does alike, under Linux: lessons print the same digits on each of them.

Libraries choose their kernels by the processor they find, and kernels differ in the order of their sums. Here the choice is
taken from them, for the processes in which lessons run and for their workers. No variable pins the functions in `UNPINNED`,
which MKL approximates on each processor in its own way, nor steps of Adam that are not fused, since they take the square root
that is one of these: `tools.book.structure` keeps them out of the lessons. `tools.execute.portable` shows that this is all.
"""

import os
import platform
from pathlib import Path

PINS = {
    "ATEN_CPU_CAPABILITY": "avx2",  # torch's own kernels
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # its convolutions and recurrent cells
    # Its matrix products. They take 2.5 times as long so, and dense lessons half as long again (AMD EPYC); but on an AMD
    # processor MKL takes every other setting for AUTO, so that this is the one in which it treats Intel and AMD alike.
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Haswell",  # NumPy's matrix products
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4",
}
SINGLE = {
    # One thread a process: how many cores there are changes no sum either.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",  # a GPU does other arithmetic
    "FBM_PINS": " ".join(PINS),  # what `fbm_helpers.costs` does without where it takes times
}
# Functions of torch whose last digit differs between processors, with what to write in their place.
UNPINNED = {
    "sqrt": "torch.rsqrt of a tensor, math.sqrt of a number",
    "log10": "torch.log2, or math.log10 of a number",
    "cdist": "squared distances, (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T",  # it takes the root
    **dict.fromkeys(("tan", "asin", "acos", "atan", "atan2", "arcsin", "arccos", "arctan"), "math's or NumPy's"),
}
# What belongs to the same libraries: a caller's setting of any of these would be a pin of another kind.
FAMILIES = ("ATEN_", "ONEDNN_", "DNNL_", "MKL_", "OPENBLAS_", "GOTO_", "NPY_", "OMP_", "GOMP_", "KMP_", "BLIS_")


def pinned() -> dict[str, str]:
    """Return the environment of the caller with its arithmetic pinned, whatever it says of arithmetic itself."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FAMILIES)} | PINS | SINGLE


def exact() -> bool:
    """Return whether this machine, pinned, does the arithmetic that the stored outputs were written with.

    Other seeds or images make other numbers: then it does not either.
    """
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        return False
    own = [os.environ.get("FBM_SEED") or "0", os.environ.get("FBM_DATA") or "glyphs"]
    return "avx2" in _cpuinfo("flags").split() and own == ["0", "glyphs"]


def announcement() -> str:
    """Say in one line what is compared on this machine."""
    if exact():
        return f"Outputs are compared to the last digit ({processor()})."
    rule = "words, kinds of outputs, claims, and numbers within what seeds do to them"
    return f"Not the arithmetic of the stored outputs ({processor()}): compared are {rule}."


def processor() -> str:
    """Return the name of this machine's processor."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _cpuinfo(key: str) -> str:
    """Return an entry of what Linux tells of the first core; empty where there is none."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")
