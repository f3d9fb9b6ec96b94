"""Images of characters, made on the spot: as many as wanted, in many fonts, with nothing to download."""

import functools
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import RandomState
from torch import Tensor

from ._arguments import expect, whole
from .images import Images
from .seeding import known

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FONTS = 21  # matplotlib's own: sans, mono, serif, STIX, TeX's


def glyphs(
    count: int,
    *,
    classes: str = "0123456789",
    size: int = 16,
    color: bool = False,
    difficulty: float = 1.0,
    seed: int = 0,
) -> Images:
    """Draw characters with random font, shape, stroke and noise; in color also on textured ground with clutter.

    The same arguments give the same 8-bit images on every machine: random numbers come from NumPy's frozen ``RandomState``
    streams, and all arithmetic is in float64, far finer than the 256 levels it is rounded to.

    Parameters
    ----------
    count : int
        How many images.
    classes : str
        Characters to draw, out of 0-9 and A-Z; their order numbers the labels.
    size : int
        Height and width in pixels.
    color : bool
        Colored characters on clouds of another color, with a part of another character beside them.
    difficulty : float
        Scales rotation, shear, shift, deformation and noise: 0 is upright, centered and clean, 1 the usual, 2 hard.
    seed : int
        Images of different seeds are independent.

    Returns
    -------
    Images
        ``x`` (count, 1 or 3, size, size), ``y`` (count,), and for each image the number of its font and the mask of its
        character.
    """
    chosen = len(classes) > 0 and all(character in CHARACTERS for character in classes)
    expect(chosen, "classes", f"a choice out of {', '.join(CHARACTERS)}", repr(classes))
    expect(len(set(classes)) == len(classes), "classes", "each character once", repr(classes))
    whole(1, count=count)
    whole(8, size=size)
    seed = known(seed)
    expect(0 <= difficulty <= 3, "difficulty", "a number from 0 to 3", difficulty)
    drawn = _glyphs(int(count), classes, int(size), bool(color), float(difficulty), seed)
    return drawn[torch.arange(len(drawn))]  # a copy: what the caller changes in place must not stay in the cache


@functools.lru_cache(maxsize=8)  # the trials of one process ask for the same data again
def _glyphs(count: int, classes: str, size: int, color: bool, difficulty: float, seed: int) -> Images:
    random = RandomState(np.array([seed, size, color], dtype=np.uint32))
    y, font = random.randint(len(classes), size=count), random.randint(FONTS, size=count)
    character = np.array([CHARACTERS.index(c) for c in classes])
    mask = _draw(character[y], font, size, difficulty, random)
    if color:
        other = (y + random.randint(1, max(2, len(classes)), size=count)) % len(classes)
        x = _paint(mask, _draw(character[other], font, size, difficulty, random), random)
    else:
        x = mask + 0.08 * difficulty * torch.from_numpy(random.standard_normal(mask.shape))
    return Images(_eight_bit(x), torch.from_numpy(y), tuple(classes), torch.from_numpy(font), _eight_bit(mask))


def _eight_bit(x: Tensor) -> Tensor:
    """Round to the 256 levels of an image file; as float32 from 0 to 1."""
    return (x.clamp(0, 1) * 255 + 0.5).floor().to(torch.float32) / 255


@functools.cache
def _masters() -> Tensor:
    """Return the blurred masters (36, 21, 64, 64), float64: cut at different levels they give different strokes."""
    with np.load(Path(__file__).with_name("glyphs.npz"), allow_pickle=False) as file:
        bank = torch.from_numpy(file["bank"])
    kernel = torch.tensor([math.exp(-0.5 * (i / 2) ** 2) for i in range(-5, 6)], dtype=torch.float64)
    kernel = (kernel / kernel.sum()).reshape(1, 1, -1, 1)
    flat = bank.reshape(-1, 1, *bank.shape[2:]).double() / 255
    flat = F.conv2d(F.conv2d(flat, kernel, padding=(5, 0)), kernel.transpose(2, 3), padding=(0, 5))
    return flat.reshape(bank.shape)


def _draw(character: np.ndarray, font: np.ndarray, size: int, difficulty: float, random: RandomState) -> Tensor:
    """Warp masters by random affine maps and smooth deformations and give each its stroke; returns (n, 1, size, size)."""
    n = len(character)

    def uniform(low: float, high: float) -> Tensor:
        return torch.from_numpy(random.uniform(low, high, n))

    def around(width: float) -> Tensor:
        return uniform(-width * difficulty, width * difficulty)

    angle, shear = around(math.radians(20)), around(0.25)
    scale, aspect = 0.9 + around(0.15), 1 + around(0.16)
    shift = torch.stack([around(0.12), around(0.12)], 1)
    cos, sin = angle.cos(), angle.sin()
    entries = [cos / (scale * aspect), (sin + shear) / scale, -sin / scale, cos * aspect / scale]
    to_input = torch.stack(entries, 1).reshape(n, 2, 2)
    theta = torch.cat([to_input, -(to_input @ shift[:, :, None])], 2)
    bumps = torch.from_numpy(random.standard_normal((n, 2, 5, 5))) * 0.05 * difficulty
    weight = uniform(-0.10, 0.25)[:, None, None, None]
    fine = size * (2 if size < 24 else 1)  # small images are drawn twice as large and averaged, against jagged edges
    drawn = []
    for part in torch.arange(n).split(128):  # what fits into the cache
        grid = F.affine_grid(theta[part], (len(part), 1, fine, fine), align_corners=False)
        grid = grid + _enlarge(bumps[part], fine).permute(0, 2, 3, 1)
        rows = part.numpy()  # as an index of NumPy's arrays, a tensor of one row would be a number
        master = _masters()[character[rows], font[rows]][:, None]
        level = F.grid_sample(master, grid, align_corners=False) - 0.42 + weight[part]
        paper = torch.sigmoid((weight[part] - 0.42) * 11)
        ink = ((torch.sigmoid(level * 11) - paper) / (1 - paper)).clamp(min=0)
        drawn.append(F.avg_pool2d(ink, fine // size))
    return torch.cat(drawn)


def _paint(mask: Tensor, clutter: Tensor, random: RandomState) -> Tensor:
    """Color characters (n, 1, s, s) on clouds, with ``clutter`` entering from the left or right."""
    n, _, size, _ = mask.shape

    def uniform() -> Tensor:
        return torch.from_numpy(random.uniform(0, 1, n))

    def clouds(channels: int, cells: int) -> Tensor:
        return _enlarge(torch.from_numpy(random.standard_normal((n, channels, cells, cells))), size)

    side = torch.where(uniform() < 0.5, -1, 1) * ((0.52 + 0.30 * uniform()) * size).long()
    columns = torch.arange(size) - side[:, None]
    inside = (columns >= 0) & (columns < size)
    source = columns.clamp(0, size - 1)[:, None, None].expand(-1, 1, size, -1)
    clutter = clutter.gather(3, source) * inside[:, None, None]
    hue, value = uniform(), 0.15 + 0.8 * uniform()
    ground = _rgb(hue, 0.2 + 0.7 * uniform(), value)
    contrast = torch.where(value > 0.5, -1.0, 1.0) * (0.35 + 0.3 * uniform())
    ink = _rgb((hue + 0.2 + 0.6 * uniform()) % 1, 0.1 + 0.8 * uniform(), (value + contrast).clamp(0, 1))
    texture = 0.10 * clouds(1, 3) + 0.07 * clouds(1, 6) + 0.05 * clouds(1, 12)
    x = ground + texture + 0.08 * clouds(3, 2)
    x = x * (1 - 0.8 * clutter) + 0.8 * clutter * _rgb(uniform(), 0.1 + 0.8 * uniform(), uniform())
    x = x * (1 - mask) + mask * (ink + 0.4 * texture)
    return x + 0.03 * torch.from_numpy(random.standard_normal(x.shape))


def _rgb(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Turn HSV (n,) each into RGB (n, 3, 1, 1)."""
    k = (hue[:, None] * 6 + torch.tensor([5.0, 3.0, 1.0], dtype=torch.float64)) % 6
    value = value[:, None]
    return (value - value * saturation[:, None] * torch.minimum(k, 4 - k).clamp(0, 1))[:, :, None, None]


def _enlarge(coarse: Tensor, size: int) -> Tensor:
    """Enlarge (..., r, r) to (..., size, size) by bicubic interpolation, which is a product with a matrix on each side."""
    matrix = _bicubic(coarse.shape[-1], size)
    return matrix @ coarse @ matrix.T


@functools.cache
def _bicubic(cells: int, size: int) -> Tensor:
    columns = torch.eye(cells, dtype=torch.float64)[None, :, :, None].expand(1, cells, cells, 2)
    return F.interpolate(columns, size=(size, 2), mode="bicubic", align_corners=False)[0, :, :, 0].T.contiguous()
