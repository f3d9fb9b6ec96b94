"""Draw the bank of master characters, ``fbm_helpers/glyphs.npz``, from the fonts that matplotlib ships.

Run once; the bank is committed, so that a newer font or font renderer cannot change the data::

    python -m tools.draw_glyphs
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fbm_helpers.glyphs import CHARACTERS
from fbm_helpers.glyphs import FONTS as COUNT

BANK = Path(__file__).parent.parent / "fbm_helpers" / "glyphs.npz"
FONTS = [
    *(
        f"DejaVu{family}{style}"
        for family in ("Sans", "SansMono")
        for style in ("", "-Bold", "-Oblique", "-BoldOblique")
    ),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    "cmr10",
    "cmb10",
    "cmss10",
    "cmtt10",
    "cmti10",
]
SIDE, LONGEST = 64, 44  # pixels: the canvas, and the longer side of a character in it


def master(character: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    """Return one character, centered, white on black, as uint8 (64, 64)."""
    left, top, right, bottom = font.getbbox(character)
    image = Image.new("L", (right - left + 8, bottom - top + 8), 0)
    ImageDraw.Draw(image).text((4 - left, 4 - top), character, fill=255, font=font)
    factor = LONGEST / max(image.size)
    image = image.resize([max(1, round(side * factor)) for side in image.size], Image.Resampling.LANCZOS)
    canvas = Image.new("L", (SIDE, SIDE), 0)
    canvas.paste(image, ((SIDE - image.width) // 2, (SIDE - image.height) // 2))
    return np.asarray(canvas)


def main() -> None:
    """Draw every character in every font and write the bank."""
    assert len(FONTS) == COUNT
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = [ImageFont.truetype(folder / f"{name}.ttf", 96) for name in FONTS]
    bank = np.stack([np.stack([master(character, font) for font in fonts]) for character in CHARACTERS])
    np.savez_compressed(BANK, bank=bank)
    print(f"{BANK.name}: {bank.shape}, {BANK.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
