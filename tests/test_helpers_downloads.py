"""Downloads: once, checked, from a server on the loopback that has miniatures; or a message with cause and cure."""

import gzip
import hashlib
import io
import os
import pickle
import re
import resource
import struct
import subprocess
import sys
import tarfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision import datasets
from torchvision.models import ResNet18_Weights

import fbm_helpers as fbm
from fbm_helpers import data, downloads

NAMES = ["cifar10", "fashion_mnist"]
FILES = {"cifar10": "cifar-10-python.tar.gz", "fashion_mnist": "t10k-labels-idx1-ubyte.gz"}  # the last that is read


def cifar_batch(seed):
    """Return a miniature of one of CIFAR-10's files, as old as those: the label stands in every pixel."""
    labels = np.random.RandomState(seed).randint(0, 10, 4)
    batch = {"data": np.repeat(labels[:, None], 3072, 1).astype(np.uint8), "labels": labels.tolist()}
    return pickle.dumps(batch, protocol=2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def tar(files):
    """Return files as a ``.tar.gz``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def idx(array):
    """Return an array in the format of MNIST's files."""
    return gzip.compress(struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes())


class Shelf(ThreadingHTTPServer):
    """Serves ``files``, well or badly, and counts what it is asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.asked, self.fault, self.meeting = {}, 0, None, None
        self.address = f"http://127.0.0.1:{self.server_port}/"
        self.over = threading.Event()


class Answer(BaseHTTPRequestHandler):
    """One answer of the server."""

    def do_GET(self):
        """Answer with a file, damaged as ``fault`` says."""
        self.server.asked += 1
        fault, content = self.server.fault, self.server.files[self.path.strip("/")]
        if self.server.meeting:
            self.server.meeting.wait(60)
        if fault == "missing":
            self.send_error(404)
            return
        if fault == "silent":
            self.server.over.wait(60)
            return
        if fault == "portal":
            content = b"<html>Log in</html>"
        if fault == "changed":
            content = content[:-20] + bytes(20)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        self.wfile.write(content[:half])
        if fault == "slow":
            self.server.over.wait(0.3)
        if fault != "truncated":
            self.wfile.write(content[half:])

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """Return a server with miniatures of what is downloaded, and an empty cache."""
    server = Shelf()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    batches = {f"data_batch_{i}": cifar_batch(i) for i in (4, 1, 3, 2, 5)}
    batches |= {"test_batch": cifar_batch(6), "batches.meta": pickle.dumps({"label_names": list("abcdefghij")})}
    server.files["cifar-10-python.tar.gz"] = tar(batches)
    for part, count in (("train", 20), ("t10k", 8)):
        labels = np.random.RandomState(count).randint(0, 10, count).astype(np.uint8)
        server.files[f"{part}-images-idx3-ubyte.gz"] = idx(np.repeat(labels, 784).reshape(-1, 28, 28))
        server.files[f"{part}-labels-idx1-ubyte.gz"] = idx(labels)
    fashion = datasets.FashionMNIST
    published = [(name, hashlib.md5(server.files[name]).hexdigest()) for name, _ in fashion.resources]
    monkeypatch.setattr(fashion, "resources", published)
    monkeypatch.setattr(fashion, "mirrors", [server.address])
    monkeypatch.setattr(datasets.CIFAR10, "url", server.address + "cifar-10-python.tar.gz")
    published = hashlib.sha256(server.files["cifar-10-python.tar.gz"]).hexdigest()
    monkeypatch.setitem(data.SHA256, "cifar10", published)
    monkeypatch.setenv("FBM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    data._archive.cache_clear()
    yield server
    data._archive.cache_clear()
    server.over.set()
    server.shutdown()
    server.server_close()


def left(tmp_path):
    """Return the files in the cache."""
    return sorted(file.name for file in (tmp_path / "cache").rglob("*") if file.is_file())


def anew(name, monkeypatch):
    """Read a data set as another process would."""
    monkeypatch.setenv("FBM_DATA", name)
    data._archive.cache_clear()
    return fbm.images(15, 4)


# ---- once, and checked


@pytest.mark.parametrize("name", NAMES)
def test_data_by_name_is_downloaded_once_and_the_same_in_each_process(shelf, monkeypatch, name):
    train, test = anew(name, monkeypatch)
    assert train.x.shape == (15, 1, 16, 16) and len(test) == 4 and len(train.classes) == 10
    for images in (train, test):
        assert torch.allclose((images.x * 255).mean((1, 2, 3)), images.y.float(), atol=1e-3)  # each keeps its label
    asked = shelf.asked
    again, _ = anew(name, monkeypatch)
    assert torch.equal(again.x, train.x) and torch.equal(again.y, train.y)
    assert shelf.asked == asked > 0


@pytest.mark.parametrize("shown", [True, False])
def test_a_slow_download_shows_its_progress_except_where_outputs_are_stored(shelf, monkeypatch, tmp_path, capfd, shown):
    monkeypatch.setenv("FBM_PROGRESS", str(int(shown)))
    shelf.fault, shelf.files["slow"] = "slow", np.random.RandomState(0).bytes(2**18)
    checksum = f"md5:{hashlib.md5(shelf.files['slow']).hexdigest()}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        downloads.download(tmp_path / "cache", shelf.address + "slow", checksum)
    told = capfd.readouterr()
    assert told.out == ""
    assert re.search(r"slow: +[1-9]\d%.*/262k", told.err) if shown else told.err == ""


@pytest.mark.parametrize("name", NAMES)
def test_data_is_read_without_a_word_where_outputs_are_stored(shelf, monkeypatch, capfd, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        anew(name, monkeypatch)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["changed", "truncated", "missing", "portal", "silent"])
def test_a_bad_download_is_refused_leaves_nothing_and_can_be_repeated(shelf, monkeypatch, tmp_path, name, fault):
    monkeypatch.setattr(downloads, "SILENCE", 0.3)
    shelf.fault = fault
    told = rf"(?s){name}: the download failed or its checksum is wrong \(.*\); try again .*FBM_DATA=glyphs needs no"
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=told):
        anew(name, monkeypatch)
    assert time.monotonic() - start < 20 and not (tmp_path / "cache").exists()
    shelf.fault = None
    monkeypatch.setattr(downloads, "SILENCE", 30)
    assert len(anew(name, monkeypatch)[0]) == 15


@pytest.mark.parametrize("name", NAMES)
def test_without_a_server_the_message_says_what_to_copy_where(shelf, monkeypatch, tmp_path, name):
    shelf.shutdown()
    shelf.server_close()
    told = (
        rf"(?s){name}: the download failed .*refused.* copy \S+.gz to {tmp_path}/cache/{name}; FBM_DATA=glyphs needs no"
    )
    with pytest.raises(RuntimeError, match=told):
        anew(name, monkeypatch)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_that_was_copied_by_hand_is_taken(shelf, monkeypatch, tmp_path, name):
    place = tmp_path / "cache" / name
    place.mkdir(parents=True)
    for file, content in shelf.files.items():
        (place / file).write_bytes(content)
    shelf.fault = "missing"
    assert len(anew(name, monkeypatch)[0]) == 15 and shelf.asked == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["changed", "truncated", "removed"])
def test_a_file_damaged_after_the_download_is_fetched_anew_or_named(shelf, monkeypatch, tmp_path, name, damage):
    first, _ = anew(name, monkeypatch)
    asked, place = shelf.asked, tmp_path / "cache" / name / FILES[name]
    published = place.read_bytes()
    place.unlink()
    if damage != "removed":
        place.write_bytes(published[:-20] + bytes(20) if damage == "changed" else published[:-20])
    shelf.fault = "missing"
    told = rf"the {FILES[name]} in {place.parent} is damaged, and the download failed" if damage != "removed" else "404"
    with pytest.raises(RuntimeError, match=rf"(?s){told}.* copy {FILES[name]} to {place.parent}"):
        anew(name, monkeypatch)
    shelf.fault = None
    assert torch.equal(anew(name, monkeypatch)[0].x, first.x)
    assert place.read_bytes() == published and shelf.asked == asked + 2


class Bomb:
    """Pickled code that would write a file."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        """Write the file when loaded."""
        return Path.touch, (self.file,)


@pytest.mark.parametrize("way", ["downloaded", "copied by hand"])
def test_a_forged_archive_is_refused_before_a_pickle_in_it_runs(shelf, monkeypatch, tmp_path, way):
    harm = {name: pickle.dumps(Bomb(tmp_path / "harm")) for name in ("batches.meta", "data_batch_1", "test_batch")}
    forged = shelf.files["cifar-10-python.tar.gz"] = tar(harm)
    if way == "copied by hand":
        (tmp_path / "cache" / "cifar10").mkdir(parents=True)
        (tmp_path / "cache" / "cifar10" / "cifar-10-python.tar.gz").write_bytes(forged)
    with pytest.raises(RuntimeError, match=f"(?s)expected sha256:.* but got {hashlib.sha256(forged).hexdigest()}"):
        anew("cifar10", monkeypatch)
    assert not (tmp_path / "harm").exists()
    pickle.loads(harm["batches.meta"])
    assert (tmp_path / "harm").exists()  # so it would have run


def test_the_checksums_are_the_published_ones():
    assert data.SHA256 == {"cifar10": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"}
    assert ResNet18_Weights.IMAGENET1K_V1.url.endswith(f"resnet18-{downloads.RESNET18[:8]}.pth")


FETCH = """
import sys
from pathlib import Path
from fbm_helpers.downloads import download
print(download(Path(sys.argv[1]), *sys.argv[2:]).read_bytes().hex())
"""


def test_two_processes_that_download_at_once_both_get_the_file(shelf, tmp_path):
    shelf.meeting = threading.Barrier(2)  # neither gets an answer before the other asks
    content = shelf.files["t10k-labels-idx1-ubyte.gz"]
    address, checksum = shelf.address + "t10k-labels-idx1-ubyte.gz", f"md5:{hashlib.md5(content).hexdigest()}"
    command = [sys.executable, "-c", FETCH, str(tmp_path / "cache" / "one"), address, checksum]
    root = Path(fbm.__file__).parents[1]

    def fetched(_):
        done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True, timeout=120)
        return done.stdout.strip() or done.stderr

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(fetched, range(2))) == [content.hex()] * 2
    assert shelf.asked == 2 and left(tmp_path) == ["t10k-labels-idx1-ubyte.gz"]


# ---- where


def test_downloads_may_be_read_by_others_whose_cache_it_is_too(shelf, monkeypatch, tmp_path):
    anew("cifar10", monkeypatch)
    assert (tmp_path / "cache" / "cifar10" / "cifar-10-python.tar.gz").stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize("trouble", ["may not be written", "is a file", "is full"])
def test_a_cache_that_cannot_be_used_is_named_with_the_cause_and_the_cure(shelf, monkeypatch, tmp_path, trouble):
    cache, limits = tmp_path / "cache", resource.getrlimit(resource.RLIMIT_FSIZE)
    cause = {"may not be written": "Permission denied", "is a file": "Not a directory", "is full": "File too large"}
    told = rf"cifar10: {cache}/cifar10 cannot be used \(.*{cause[trouble]}.*\); set FBM_CACHE to a folder of your own"
    if trouble == "is a file":
        cache.write_text("")
    if trouble == "may not be written":
        monkeypatch.setattr(os, "makedirs", denied)  # to root, all may be written
        monkeypatch.setattr(os, "mkdir", denied)
    if trouble == "is full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(RuntimeError, match=told):
            anew("cifar10", monkeypatch)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert left(tmp_path) == []


def denied(path, *_, **__):
    """Answer as a folder that may not be written."""
    raise PermissionError(13, "Permission denied", str(path))


def test_what_is_complete_in_a_cache_that_may_not_be_written_is_read(shelf, monkeypatch, tmp_path):
    anew("cifar10", monkeypatch)
    place = tmp_path / "cache" / "cifar10"
    place.chmod(0o555)
    os.utime(place, (0, 0))
    assert len(anew("cifar10", monkeypatch)[0]) == 15
    assert place.stat().st_mtime == 0  # so nothing was written there, though root may write everywhere


def test_a_tilde_means_the_home(shelf, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FBM_CACHE", "~/kept")
    anew("cifar10", monkeypatch)
    assert (tmp_path / "home" / "kept" / "cifar10").is_dir() and not (tmp_path / "~").exists()


def test_a_relative_cache_is_the_nearest_folder_of_that_name(shelf, monkeypatch, tmp_path):
    (tmp_path / "lessons" / "part").mkdir(parents=True)
    (tmp_path / "cache").mkdir()
    monkeypatch.chdir(tmp_path / "lessons" / "part")
    monkeypatch.setenv("FBM_CACHE", "cache")
    anew("cifar10", monkeypatch)
    assert left(tmp_path) == ["cifar-10-python.tar.gz"]


def test_a_relative_cache_that_does_not_exist_is_refused_with_where_it_would_be(shelf, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FBM_CACHE", "kept")
    told = rf"FBM_CACHE: expected an absolute path, or a folder that exists, got 'kept', which would be {tmp_path}/kept"
    with pytest.raises(ValueError, match=told):
        anew("cifar10", monkeypatch)
    assert shelf.asked == 0


def test_without_a_setting_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("FBM_CACHE", "")
    monkeypatch.setattr(downloads.platformdirs, "user_cache_dir", lambda name: f"{tmp_path}/{name}")
    assert downloads.cache_folder() == tmp_path / "from-base-models"


# ---- weights


@pytest.fixture
def weights(shelf, monkeypatch):
    """Return weights in miniature, which the server has."""
    state, buffer = {"fc.bias": torch.arange(5.0)}, io.BytesIO()
    torch.save(state, buffer)
    serve(shelf, monkeypatch, buffer.getvalue())
    return state


def serve(shelf, monkeypatch, content):
    """Let the server have this file of weights, as if it were the published one."""
    shelf.files["resnet18-f37072fd.pth"] = content
    monkeypatch.setattr(downloads, "RESNET18", hashlib.sha256(content).hexdigest())
    published = ResNet18_Weights.IMAGENET1K_V1.value
    monkeypatch.setattr(ResNet18_Weights.IMAGENET1K_V1, "_value_", weights_at(shelf.address, published))


def weights_at(address, published):
    """Return torchvision's entry with another address."""
    return type(published)(f"{address}resnet18-f37072fd.pth", published.transforms, published.meta)


def test_weights_are_downloaded_once_into_the_cache(shelf, weights, tmp_path):
    for _ in range(2):
        assert torch.equal(fbm.resnet18_weights()["fc.bias"], weights["fc.bias"])
    assert shelf.asked == 1 and left(tmp_path) == ["resnet18-f37072fd.pth"]


@pytest.mark.parametrize("fault", ["portal", "truncated", "missing"])
def test_weights_that_are_not_the_published_ones_are_refused(shelf, weights, tmp_path, fault):
    shelf.fault = fault
    with pytest.raises(RuntimeError, match=r"(?s)imagenet: the download failed .* copy resnet18-f37072fd.pth to "):
        fbm.resnet18_weights()
    assert left(tmp_path) == []


def test_weights_are_read_as_tensors_and_run_no_code(shelf, monkeypatch, tmp_path):
    buffer = io.BytesIO()
    torch.save({"fc.bias": Bomb(tmp_path / "harm")}, buffer)
    serve(shelf, monkeypatch, buffer.getvalue())
    with pytest.raises(pickle.UnpicklingError, match="weights_only"):
        fbm.resnet18_weights()
    assert not (tmp_path / "harm").exists()
