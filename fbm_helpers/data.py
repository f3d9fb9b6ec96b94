"""Labeled images by name: made on the spot, shipped with a library, downloaded, or from a folder.

scikit-learn and torchvision are imported where they are used: each takes longer to load than all of this package.
"""

import functools
import gzip
import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import platformdirs
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ._arguments import expect, whole
from .glyphs import glyphs
from .images import Images
from .seeding import LARGEST, known

DOWNLOADS = {"cifar10": "CIFAR10", "fashion_mnist": "FashionMNIST"}  # names in torchvision.datasets
# of the archive; the same in Keras (keras/src/datasets/cifar10.py)
SHA256 = {"cifar10": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"}
Pair = tuple[Images, Images]
EMBEDDED = "FBM_DATA=glyphs needs no download"


def images(train: int, test: int, *, size: int = 16, color: bool = False, seed: int | None = None) -> Pair:
    """Return training and test images of the data that ``FBM_DATA`` names.

    Parameters
    ----------
    train, test : int
        How many of each.
    size : int
        Height and width in pixels; other images are resized.
    color : bool
        Three channels, or one.
    seed : int, optional
        Draws the images, or chooses which. By default the first of `seeds`.

    Returns
    -------
    (Images, Images)
        Disjoint training and test images.

    Notes
    -----
    ``FBM_DATA`` is ``glyphs`` (default, see `glyphs`), ``cifar10`` or ``fashion_mnist`` (downloaded once to ``FBM_CACHE``, by
    default the user's cache folder, and checked), or a folder with images in ``train/<class>/`` and ``test/<class>/``.
    """
    whole(1, train=train, test=test)
    whole(8, size=size)
    seed = known(seed, most=LARGEST // 2)  # two sets of glyphs are drawn by twice the seed and the next
    source = os.environ.get("FBM_DATA") or "glyphs"
    if source == "glyphs":
        return tuple(glyphs(n, size=size, color=color, seed=2 * seed + part) for part, n in enumerate((train, test)))
    offered = f"glyphs, {', '.join(DOWNLOADS)} or an image folder"
    expect(source in DOWNLOADS or Path(source).is_dir(), "FBM_DATA", offered, f"{source!r}; {EMBEDDED}")
    read = _from_archive if source in DOWNLOADS else _from_folder
    parts = tuple(read(source, part, n, size, color, seed) for part, n in (("train", train), ("test", test)))
    alike, folders = parts[0].classes == parts[1].classes, " and ".join(", ".join(part.classes) for part in parts)
    expect(alike, "FBM_DATA", f"the same class folders in train and test of {source}", folders)
    return parts


def digits(*, test: int = 497, seed: int | None = None) -> Pair:
    """Return scikit-learn's 1,797 real handwritten digits of 8 by 8 pixels, split at random.

    Parameters
    ----------
    test : int
        How many are kept for testing.
    seed : int, optional
        Decides which. By default the first of `seeds`.

    Returns
    -------
    (Images, Images)
        Training and test images, ``x`` of shape (N, 1, 8, 8).
    """
    seed = known(seed)
    table = _digits()
    expect(1 <= test < len(table.target), "test", f"1 to {len(table.target) - 1}", test)
    order = torch.from_numpy(np.random.RandomState(seed).permutation(len(table.target)))
    x = torch.from_numpy(table.data).float().reshape(-1, 1, 8, 8) / 16
    every = Images(x, torch.from_numpy(table.target).long(), tuple("0123456789"))
    return every[order[test:]], every[order[:test]]


@functools.cache
def _digits() -> object:
    """Read scikit-learn's table once in a process: it takes longer than a small training run."""
    from sklearn.datasets import load_digits

    return load_digits()


def cache_folder() -> Path:
    """Return where downloads go: ``FBM_CACHE``, or the platform's cache folder of the user."""
    return Path(os.environ.get("FBM_CACHE") or platformdirs.user_cache_dir("from-base-models"))


@functools.cache
def _archive(name: str, train: bool) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return pixels (N, H, W[, 3]) uint8, labels (N,) and class names of a downloaded data set."""
    from torchvision import datasets

    folder = cache_folder() / name
    if not folder.exists():
        _download(name, folder)
    kind = getattr(datasets, DOWNLOADS[name])
    try:  # torchvision compares CIFAR-10's checksums before it reads, but reads Fashion-MNIST's unpacked files unchecked
        for file, md5 in kind.resources if name == "fashion_mnist" else ():
            archive = folder / kind.__name__ / "raw" / file
            intact = datasets.utils.check_integrity(archive, md5)
            if not intact or gzip.decompress(archive.read_bytes()) != archive.with_suffix("").read_bytes():
                raise OSError(f"{archive.stem} or {archive.name} is not what was published")
        data = kind(folder, train=train, download=False)
    except (RuntimeError, OSError, EOFError, ValueError) as error:
        cure = f"delete that folder to download it again, or {EMBEDDED}"
        raise RuntimeError(f"{name}: a file in {folder} is corrupt ({error}); {cure}") from error
    return np.asarray(data.data), np.asarray(data.targets), tuple(data.classes)


def _download(name: str, folder: Path) -> None:
    """Download beside ``folder`` and move into place when complete and checked, so that no half of it can stay."""
    from torchvision import datasets

    kind = getattr(datasets, DOWNLOADS[name])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent, ignore_cleanup_errors=True) as partial:
        try:
            if name in SHA256:  # holds pickles, which can run code: torchvision compares their MD5 only
                datasets.utils.download_url(kind.url, partial, kind.filename, kind.tgz_md5)
                found = hashlib.sha256(Path(partial, kind.filename).read_bytes()).hexdigest()
                expect(found == SHA256[name], f"SHA-256 of {kind.filename}", SHA256[name], found)
            kind(partial, train=True, download=True)
            Path(partial).rename(folder)
        except Exception as error:
            if not folder.exists():  # else another process was first
                cure = f"try again with a network, copy the data set to {folder}, or {EMBEDDED}"
                raise RuntimeError(f"{name}: the download failed or its checksum is wrong ({error}); {cure}") from error


def _choose(available: int, count: int, seed: int, what: str) -> np.ndarray:
    """Choose ``count`` of ``available`` samples at random."""
    expect(count <= available, what, f"at most {available} images, for there are no more", count)
    return np.random.RandomState(seed).permutation(available)[:count]


def _from_archive(name: str, part: str, count: int, size: int, color: bool, seed: int) -> Images:
    pixels, labels, classes = _archive(name, part == "train")
    chosen = _choose(len(labels), count, seed, part)
    x = torch.from_numpy(pixels[chosen])
    x = x.permute(0, 3, 1, 2) if x.dim() == 4 else x[:, None]
    return Images(_shape(x, size, color), torch.from_numpy(labels[chosen]).long(), classes)


def _from_folder(root: str, part: str, count: int, size: int, color: bool, seed: int) -> Images:
    from torchvision import datasets

    def load(file: str) -> np.ndarray:
        try:
            return np.array(Image.open(file).convert("RGB").resize((size, size), Image.Resampling.BILINEAR))
        except (OSError, SyntaxError) as error:
            raise ValueError(f"{file}: not a whole image ({error}); replace or remove it") from None

    folder = Path(root) / part
    try:
        listing = datasets.ImageFolder(folder, loader=load)
    except OSError as error:
        raise ValueError(f"FBM_DATA: expected images in {folder}/<class>/, but {error}; {EMBEDDED}") from None
    pixels, labels = zip(*(listing[index] for index in _choose(len(listing), count, seed, part)), strict=True)
    x = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
    return Images(_shape(x, size, color), torch.tensor(labels), tuple(listing.classes))


def _shape(x: Tensor, size: int, color: bool) -> Tensor:
    """Bring uint8 images (N, 1 or 3, H, W) to the size and channels asked for; float32 from 0 to 1."""
    x = x.float() / 255
    if color and x.shape[1] == 1:
        x = x.expand(-1, 3, -1, -1)
    elif not color and x.shape[1] == 3:
        x = (x * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)
    if x.shape[-2:] == (size, size):
        return x.contiguous()
    return F.interpolate(x, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
