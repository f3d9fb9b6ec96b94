"""What a set of labeled images is here."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Images:
    """Labeled images in memory.

    Attributes
    ----------
    x : Tensor, shape (N, C, H, W)
        Pixels, float32 from 0 to 1.
    y : Tensor, shape (N,)
        Labels, int64 from 0.
    classes : tuple of str
        The name behind each label.
    font : Tensor of shape (N,), optional
        The number of each glyph's font.
    mask : Tensor of shape (N, 1, H, W), optional
        Where each glyph is, from 0 to 1.
    """

    x: Tensor
    y: Tensor
    classes: tuple[str, ...]
    font: Tensor | None = None
    mask: Tensor | None = None

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.x)

    def __getitem__(self, index: slice | Tensor) -> Images:
        """Return the images at ``index``, which selects along the first axis."""
        parts = (None if part is None else part[index] for part in (self.font, self.mask))
        return Images(self.x[index], self.y[index], self.classes, *parts)
