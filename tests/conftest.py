"""What several tests need."""

import os
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import pytest


@pytest.fixture(autouse=True)
def own_environment():
    """Give back the environment after each test, whatever was set in it: a Dask cluster leaves numbers of threads there."""
    with patch.dict(os.environ):
        yield


@pytest.fixture(autouse=True)
def default_settings(request, monkeypatch):
    """Let tests of the helpers start from the defaults, whatever the environment of the caller says."""
    if request.module.__name__.split(".")[-1].startswith("test_helpers_"):
        for name in [name for name in os.environ if name.startswith("FBM_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("FBM_PROGRESS", "0")
        monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Run a cell in a real IPython shell; the answer holds its ``outputs`` (data by MIME type) and its ``error``."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell.instance(config=config, user_module=ModuleType("notebook_under_test"))

    def run(cell, **names):
        shell.run_cell("import fbm_helpers as fbm")
        shell.push(names)
        with capture_output() as captured:
            result = shell.run_cell(cell)
        return SimpleNamespace(
            outputs=[output.data for output in captured.outputs],
            metadata=[output.metadata for output in captured.outputs],
            error=result.error_in_exec or result.error_before_exec,
            printed=captured.stdout,
        )

    yield run
    InteractiveShell.clear_instance()
