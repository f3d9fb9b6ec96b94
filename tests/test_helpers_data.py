"""Data: whole images by name, or a message that says which file is wrong and what cures it."""

import gzip
import hashlib
import io
import pickle
import shutil
import struct
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets

import fbm_helpers as fbm
from fbm_helpers import data

COLORS = {"cat": (255, 0, 0), "dog": (0, 0, 255)}
NAMES = ["cifar10", "fashion_mnist"]


# ---- a folder of one's own


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an image folder that ``FBM_DATA`` names: six cats and dogs for training, three for testing."""
    for part, count in (("train", 6), ("test", 3)):
        for name, color in COLORS.items():
            (tmp_path / "pets" / part / name).mkdir(parents=True)
            for index in range(count):
                shade = tuple(int(channel * (1 - index / 10)) for channel in color)
                suffix = "png" if index % 2 else "jpg"
                Image.new("RGB", (30, 20), shade).save(
                    tmp_path / "pets" / part / name / f"{index}.{suffix}", quality=95
                )
    monkeypatch.setenv("FBM_DATA", str(tmp_path / "pets"))
    return tmp_path / "pets"


def test_a_folder_is_read_resized_and_labeled_by_class(folder):
    train, test = fbm.images(12, 6, size=16, color=True)
    assert (train.x.shape, test.x.shape) == ((12, 3, 16, 16), (6, 3, 16, 16))
    assert train.classes == test.classes == ("cat", "dog")
    for images in (train, test):
        assert torch.equal(images.x[:, 0].amax((1, 2)) < 0.1, images.y == 1)  # a dog is blue, and has no red
        assert images.x.min() >= 0 and images.x.max() <= 1


def test_gray_is_the_luminance_of_color(folder):
    color, gray = (fbm.images(12, 6, color=color)[0] for color in (True, False))
    weights = torch.tensor([0.299, 0.587, 0.114]).reshape(3, 1, 1)
    assert torch.allclose(gray.x, (color.x * weights).sum(1, keepdim=True))
    assert gray.x.shape == (12, 1, 16, 16)


def test_the_seed_chooses_the_images_of_a_folder(folder, monkeypatch):
    first, again, other = (fbm.images(5, 2, seed=seed)[0].x for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    monkeypatch.setenv("FBM_SEED", "2")
    assert torch.equal(fbm.images(5, 2)[0].x, fbm.images(5, 2, seed=2000)[0].x)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.9])
def test_a_truncated_image_is_refused_by_name(folder, suffix, kept):
    file = folder / "train" / "dog" / f"noise.{suffix}"
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (40, 40, 3), np.uint8)).save(file)
    fbm.images(13, 6)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(ValueError, match=rf"{file}: not a whole image \(.*\); replace or remove it"):
        fbm.images(13, 6)


def test_a_file_that_is_no_image_is_refused_by_name(folder):
    (folder / "test" / "cat" / "page.png").write_text("<html>404</html>")
    with pytest.raises(ValueError, match=r"page.png: not a whole image .* replace or remove it"):
        fbm.images(12, 7)


@pytest.mark.parametrize("damage", ["no test folder", "an empty class", "no classes"])
def test_a_folder_without_its_parts_is_refused_with_the_layout(folder, damage):
    if damage == "an empty class":
        (folder / "test" / "emu").mkdir()
    else:
        shutil.rmtree(folder / "test")
        (folder / "test").mkdir() if damage == "no classes" else None
    with pytest.raises(ValueError, match=rf"FBM_DATA: expected images in {folder}/test/<class>/.*FBM_DATA=glyphs"):
        fbm.images(12, 6)


def test_test_classes_that_differ_from_training_classes_are_refused(folder):
    (folder / "test" / "cat").rename(folder / "test" / "emu")
    with pytest.raises(ValueError, match="same class folders in train and test .* got cat, dog and dog, emu"):
        fbm.images(12, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((13, 6), "train: expected at most 12 images, for there are no more, got 13"),
        ((12, 7), "test: expected at most 6 images, for there are no more, got 7"),
        ((0, 6), "train: expected a whole number from 1 up, got 0"),
        ((12, -1), "test: expected a whole number from 1 up, got -1"),
        ((12, 6, {"size": 2.5}), "size: expected a whole number from 8 up, got 2.5"),
        ((12, 6, {"seed": -1}), "seed: expected a whole number from 0 to 2147483647, got -1"),
    ],
)
def test_a_bad_argument_of_images_is_named(folder, arguments, message):
    numbers, options = arguments[:2], arguments[2] if len(arguments) > 2 else {}
    with pytest.raises(ValueError, match=message):
        fbm.images(*numbers, **options)


def test_an_unknown_name_is_refused_with_the_known_ones(monkeypatch):
    monkeypatch.setenv("FBM_DATA", "cifar")
    with pytest.raises(ValueError, match="FBM_DATA: expected glyphs, cifar10, fashion_mnist or .* got 'cifar'"):
        fbm.images(1, 1)


# ---- digits


def test_digits_are_split_at_random_into_all_of_the_1797():
    train, test = fbm.digits(test=400, seed=1)
    assert train.x.shape == (1397, 1, 8, 8) and len(test) == 400 and train.classes == tuple("0123456789")
    every, again = (torch.cat([a.x, b.x]).flatten(1) for a, b in ((train, test), fbm.digits(seed=2)))
    assert not torch.equal(every, again)
    assert torch.equal(every.unique(dim=0), again.unique(dim=0))
    assert torch.equal(fbm.digits(test=400, seed=1)[1].x, test.x)
    assert 0 == every.min() and every.max() == 1


@pytest.mark.parametrize("test", [0, 1797])
def test_digits_refuse_a_split_that_leaves_a_part_empty(test):
    with pytest.raises(ValueError, match=f"test: expected 1 to 1796, got {test}"):
        fbm.digits(test=test)


# ---- downloads, from a server on the loopback that has miniatures of the archives


def cifar_batch(seed):
    """Return a miniature of one of CIFAR-10's files: the label stands in every pixel."""
    labels = np.random.RandomState(seed).randint(0, 10, 4)
    return pickle.dumps({"data": np.repeat(labels[:, None], 3072, 1).astype(np.uint8), "labels": labels.tolist()})


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


def md5(content):
    """Return the checksum that torchvision compares."""
    return hashlib.md5(content).hexdigest()


class Shelf(ThreadingHTTPServer):
    """Serves ``files``, well or badly, and counts what it is asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.asked, self.fault, self.meeting = {}, 0, None, None
        self.address = f"http://127.0.0.1:{self.server_port}/"


class Answer(BaseHTTPRequestHandler):
    """One answer of the server."""

    def do_GET(self):
        """Answer with a file, damaged as ``fault`` says."""
        self.server.asked += 1
        if self.server.meeting:
            self.server.meeting.wait(10)
        if self.server.fault == "missing":
            return self.send_error(404)
        content = self.server.files[self.path.strip("/")]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.server.fault == "changed":
            content = content[:-20] + bytes(20)
        self.wfile.write(content[: len(content) // 2] if self.server.fault == "truncated" else content)

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """Return a server that torchvision downloads from, and an empty cache."""
    server = Shelf()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    batches = {f"data_batch_{i}": cifar_batch(i) for i in range(1, 6)} | {"test_batch": cifar_batch(6)}
    files = batches | {"batches.meta": pickle.dumps({"label_names": list("abcdefghij")})}
    server.files["cifar-10-python.tar.gz"] = tar(files)
    for part, count in (("train", 20), ("t10k", 8)):
        labels = np.random.RandomState(count).randint(0, 10, count).astype(np.uint8)
        server.files[f"{part}-images-idx3-ubyte.gz"] = idx(np.repeat(labels, 784).reshape(-1, 28, 28))
        server.files[f"{part}-labels-idx1-ubyte.gz"] = idx(labels)
    cifar, fashion = datasets.CIFAR10, datasets.FashionMNIST
    monkeypatch.setattr(cifar, "url", server.address + cifar.filename)
    monkeypatch.setattr(cifar, "train_list", [[name, md5(batches[name])] for name in list(batches)[:5]])
    monkeypatch.setattr(cifar, "test_list", [["test_batch", md5(batches["test_batch"])]])
    monkeypatch.setattr(cifar, "meta", cifar.meta | {"md5": md5(files["batches.meta"])})
    monkeypatch.setattr(fashion, "mirrors", [server.address])
    monkeypatch.setattr(fashion, "resources", [(name, md5(server.files[name])) for name, _ in fashion.resources])
    trust(monkeypatch, server.files["cifar-10-python.tar.gz"])
    monkeypatch.setitem(data.SHA256, "cifar10", hashlib.sha256(server.files["cifar-10-python.tar.gz"]).hexdigest())
    monkeypatch.setenv("FBM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    data._archive.cache_clear()
    yield server
    data._archive.cache_clear()
    server.shutdown(), server.server_close()


def trust(monkeypatch, archive):
    """Let torchvision expect this CIFAR-10 archive."""
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", md5(archive))


def left():
    """Return what is in the cache."""
    return sorted(entry.name for entry in data.cache_folder().iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_data_by_name_is_downloaded_once_with_visible_progress(shelf, monkeypatch, capfd, name):
    monkeypatch.setenv("FBM_DATA", name)
    train, test = fbm.images(15, 4, color=True, size=32)
    assert train.x.shape == (15, 3, 32, 32) and len(test) == 4 and len(train.classes) == 10
    for images in (train, test):
        assert torch.allclose((images.x * 255).mean((1, 2, 3)), images.y.float(), atol=1e-3)  # each keeps its label
    assert "100%" in capfd.readouterr().err
    asked = shelf.asked
    data._archive.cache_clear()  # as in another process
    again, _ = fbm.images(15, 4, color=True, size=32)
    assert torch.equal(again.x, train.x) and torch.equal(again.y, train.y)
    assert shelf.asked == asked > 0 and left() == [name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["changed", "truncated", "missing"])
def test_a_bad_download_is_refused_leaves_nothing_and_can_be_repeated(shelf, monkeypatch, name, fault):
    monkeypatch.setenv("FBM_DATA", name)
    shelf.fault = fault
    with pytest.raises(RuntimeError, match=rf"(?s){name}: the download failed or its checksum .*FBM_DATA=glyphs"):
        fbm.images(2, 2)
    assert left() == []
    shelf.fault = None
    assert len(fbm.images(2, 2)[0]) == 2 and left() == [name]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_server_the_embedded_data_is_named(shelf, monkeypatch, name):
    monkeypatch.setenv("FBM_DATA", name)
    shelf.shutdown(), shelf.server_close()
    with pytest.raises(RuntimeError, match=rf"(?s){name}: the download failed .*refused.* FBM_DATA=glyphs needs no"):
        fbm.images(2, 2)
    assert left() == []


class Bomb:
    """Pickled code that would write a file."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        """Write the file when loaded."""
        return Path.touch, (self.file,)


def test_an_archive_with_a_forged_md5_is_refused_before_a_pickle_in_it_runs(shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("FBM_DATA", "cifar10")
    harm = {f"data_batch_{i}": pickle.dumps(Bomb(tmp_path / "harm")) for i in range(1, 6)}
    shelf.files["cifar-10-python.tar.gz"] = tar(harm)
    trust(monkeypatch, shelf.files["cifar-10-python.tar.gz"])
    monkeypatch.setattr(datasets.CIFAR10, "train_list", [[name, md5(content)] for name, content in harm.items()])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [])
    with pytest.raises(RuntimeError, match=r"SHA-256 of cifar-10-python.tar.gz: expected .*, got .*FBM_DATA=glyphs"):
        fbm.images(2, 2)
    assert not (tmp_path / "harm").exists() and left() == []
    pickle.loads(harm["data_batch_1"])
    assert (tmp_path / "harm").exists()  # so it would have run


def test_the_checksum_of_cifar10_is_the_published_one():
    assert data.SHA256 == {"cifar10": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("cifar10", "cifar-10-batches-py/data_batch_2"),
        ("cifar10", "cifar-10-batches-py/test_batch"),
        ("cifar10", "cifar-10-batches-py/batches.meta"),
        ("fashion_mnist", "FashionMNIST/raw/train-images-idx3-ubyte"),
        ("fashion_mnist", "FashionMNIST/raw/t10k-labels-idx1-ubyte"),
        ("fashion_mnist", "FashionMNIST/raw/train-labels-idx1-ubyte.gz"),
    ],
)
@pytest.mark.parametrize("damage", ["changed", "truncated", "removed"])
def test_a_file_damaged_after_the_download_is_refused_with_its_folder_and_the_cure(
    shelf, monkeypatch, name, file, damage
):
    monkeypatch.setenv("FBM_DATA", name)
    fbm.images(2, 2)
    place = data.cache_folder() / name / file
    whole = place.read_bytes()
    place.unlink()
    if damage != "removed":
        place.write_bytes(whole[: len(whole) // 2] if damage == "truncated" else whole[:-1] + bytes([whole[-1] ^ 1]))
    data._archive.cache_clear()
    cure = rf"{name}: a file in {data.cache_folder() / name} is corrupt .* delete that folder to download it again"
    with pytest.raises(RuntimeError, match=cure):
        fbm.images(2, 2)
    shutil.rmtree(data.cache_folder() / name)
    assert len(fbm.images(2, 2)[0]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_two_processes_that_download_at_once_both_get_the_data(shelf, name):
    shelf.meeting = threading.Barrier(2)  # neither gets an answer before the other asks
    place = data.cache_folder() / name
    with ThreadPoolExecutor() as pool:
        for download in [pool.submit(data._download, name, place) for _ in range(2)]:
            download.result()
    assert left() == [name] and len(data._archive(name, True)[1]) == 20
