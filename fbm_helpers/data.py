"""Labeled images by name: made on the spot, shipped with a library, downloaded, or from a folder.

scikit-learn and torchvision are imported where they are used: each takes longer to load than all of this package.
"""

import functools
import gzip
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ._arguments import expect, whole
from .downloads import cache_folder, download, nearest
from .folders import listed, pixels
from .glyphs import glyphs
from .images import Images
from .seeding import LARGEST, known

DOWNLOADS = ("cifar10", "fashion_mnist")
# of the archive; the same in Keras (keras/src/datasets/cifar10.py)
SHA256 = {"cifar10": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"}
Pair = tuple[Images, Images]
Arrays = tuple[np.ndarray, np.ndarray]
SIZE = 16  # of images, in pixels
TEST_DIGITS = 497
EMBEDDED = "FBM_DATA=glyphs needs no download"


def images(train: int, test: int, *, seed: int | None = None) -> Pair:
    """Return gray training and test images of 16 by 16 pixels, of the data that ``FBM_DATA`` names.

    Parameters
    ----------
    train, test : int
        How many of each.
    seed : int, optional
        Draws the images, or chooses which. By default the first of `seeds`.

    Returns
    -------
    (Images, Images)
        Disjoint training and test images.

    Notes
    -----
    ``FBM_DATA`` is ``glyphs`` (default, see `glyphs`), ``cifar10`` or ``fashion_mnist`` (downloaded once to ``FBM_CACHE``, by
    default the user's cache folder, and checked), or a folder with images in ``train/<class>/`` and ``test/<class>/``, any
    number of classes; a relative one is looked for in the working folder and those above it.
    """
    whole(1, train=train, test=test)
    seed = known(seed, most=LARGEST // 2)  # two sets of glyphs are drawn by twice the seed and the next
    source = os.environ.get("FBM_DATA") or "glyphs"
    if source == "glyphs":
        return tuple(glyphs(n, size=SIZE, seed=2 * seed + part) for part, n in enumerate((train, test)))
    if source in DOWNLOADS:
        counts = (("train", train), ("test", test))
        return tuple(_from_archive(source, part, n, seed) for part, n in counts)
    root = nearest(source)
    offered = f"{', '.join(('glyphs', *DOWNLOADS))} or an image folder"
    expect(root.is_dir(), "FBM_DATA", offered, f"{source!r}, and {root} is no folder; {EMBEDDED}")
    return _from_folder(root, {"train": train, "test": test}, seed)


def digits(*, seed: int | None = None) -> Pair:
    """Return scikit-learn's 1,797 real handwritten digits of 8 by 8 pixels, split at random.

    Parameters
    ----------
    seed : int, optional
        Decides which. By default the first of `seeds`.

    Returns
    -------
    (Images, Images)
        1,300 training and 497 test images, ``x`` of shape (N, 1, 8, 8).
    """
    seed = known(seed)
    table = _digits()
    order = torch.from_numpy(np.random.RandomState(seed).permutation(len(table.target)))
    x = torch.from_numpy(table.data).float().reshape(-1, 1, 8, 8) / 16
    every = Images(x, torch.from_numpy(table.target).long(), tuple("0123456789"))
    return every[order[TEST_DIGITS:]], every[order[:TEST_DIGITS]]


@functools.cache
def _digits() -> object:
    """Read scikit-learn's table once in a process: it takes longer than a small training run."""
    from sklearn.datasets import load_digits

    return load_digits()


@functools.cache
def _archive(name: str) -> tuple[dict[str, Arrays], tuple[str, ...]]:
    """Return pixels (N, H, W[, 3]) uint8 and labels (N,) of both parts of a downloaded data set, and its class names."""
    try:
        return _cifar10() if name == "cifar10" else _fashion_mnist()
    except RuntimeError as error:
        raise RuntimeError(f"{error}; {EMBEDDED}") from error


def _cifar10() -> tuple[dict[str, Arrays], tuple[str, ...]]:
    """Read CIFAR-10 straight from its archive: what lies unpacked on a disk would have to be checked anew."""
    from torchvision.datasets import CIFAR10

    file = download(cache_folder() / "cifar10", CIFAR10.url, f"sha256:{SHA256['cifar10']}")
    wanted, found = {"batches.meta", *dict(CIFAR10.train_list + CIFAR10.test_list)}, {}
    with tarfile.open(file) as archive:
        for member in archive:  # in their order, for each step back unpacks the archive from its start
            name = Path(member.name).name
            if name in wanted:
                found[name] = pickle.load(archive.extractfile(member), encoding="latin1")
    parts = {}
    for part, listing in (("train", CIFAR10.train_list), ("test", CIFAR10.test_list)):
        batches = [found[name] for name, _ in listing]
        pixels = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
        parts[part] = pixels.transpose(0, 2, 3, 1), np.concatenate([batch["labels"] for batch in batches])
    return parts, tuple(found["batches.meta"]["label_names"])


def _fashion_mnist() -> tuple[dict[str, Arrays], tuple[str, ...]]:
    from torchvision.datasets import FashionMNIST

    arrays = []
    for file, md5 in FashionMNIST.resources:  # images and labels for training, then for testing
        place = download(cache_folder() / "fashion_mnist", FashionMNIST.mirrors[0] + file, f"md5:{md5}")
        content = gzip.decompress(place.read_bytes())
        shape = np.frombuffer(content, ">i4", count=content[3], offset=4)  # the format IDX: sizes, then bytes
        arrays.append(np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape))
    return {"train": (arrays[0], arrays[1]), "test": (arrays[2], arrays[3])}, tuple(FashionMNIST.classes)


def _choose(available: int, count: int, seed: int, what: str) -> np.ndarray:
    """Choose ``count`` of ``available`` samples at random."""
    expect(count <= available, what, f"at most {available} images, for there are no more", count)
    return np.random.RandomState(seed).permutation(available)[:count]


def _from_archive(name: str, part: str, count: int, seed: int) -> Images:
    parts, classes = _archive(name)
    pixels, labels = parts[part]
    chosen = _choose(len(labels), count, seed, part)
    x = torch.from_numpy(pixels[chosen])
    x = x.permute(0, 3, 1, 2) if x.dim() == 4 else x[:, None]
    return Images(_shape(x), torch.from_numpy(labels[chosen]).long(), classes)


def _from_folder(root: Path, count: dict[str, int], seed: int) -> Pair:
    """Read images of a folder; everything that can be seen without opening one is checked first."""
    listings = {part: listed(root, part) for part in count}
    classes = [names for _, _, names in listings.values()]
    told = " and ".join(", ".join(names) for names in classes)
    expect(classes[0] == classes[1], "FBM_DATA", f"the same class folders in train and test of {root}", told)
    chosen = {part: _choose(len(files), count[part], seed, part) for part, (files, _, _) in listings.items()}
    parts = []
    for part, (files, labels, names) in listings.items():
        stacked = np.stack([pixels(files[index], SIZE) for index in chosen[part]])
        x = _shape(torch.from_numpy(stacked).permute(0, 3, 1, 2))
        parts.append(Images(x, torch.tensor(labels)[chosen[part]], names))
    return tuple(parts)


def _shape(x: Tensor) -> Tensor:
    """Turn uint8 images (N, 1 or 3, H, W) into gray ones of the size of all; float32 from 0 to 1."""
    x = x.float() / 255
    if x.shape[1] == 3:
        x = (x * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
    if x.shape[-2:] == (SIZE, SIZE):
        return x.contiguous()
    return F.interpolate(x, size=(SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False)
