"""Folders of images: which files are images, and their pixels as a viewer shows them."""

import contextlib
import hashlib
import os
import time
import unicodedata
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ._arguments import expect
from .downloads import cache_folder

SYSTEM = {  # what systems and shares leave in folders, in lower case; names with a dot in front are hidden anyway
    "__macosx", "__pycache__", "@eadir", "@recycle", "#recycle", "$recycle.bin", "system volume information", "lost+found",
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r",
}  # fmt: skip
NOTES = {".txt", ".csv", ".tsv", ".json", ".xml", ".xmp", ".aae", ".md", ".html", ".yaml", ".yml"}  # beside images
CURE = "save it as PNG or JPEG with at most 100 megapixels, or remove it"


def listed(root: Path, part: str) -> tuple[list[Path], list[int], tuple[str, ...]]:
    """List the images of ``root/part/<class>/``, in folders below it too.

    Parameters
    ----------
    root : Path
        The folder that ``FBM_DATA`` names.
    part : str
        ``"train"`` or ``"test"``.

    Returns
    -------
    (list of Path, list of int, tuple of str)
        The files, the label of each, and the names of the classes.

    Raises
    ------
    ValueError
        If there are no classes, a class has no image, or a file is none that Pillow can read.
    """
    folder = root / part
    found = sorted(folder.iterdir(), key=_composed) if folder.is_dir() else []
    classes = [entry for entry in found if entry.is_dir() and not _hidden(entry.name)]
    wanted = f"images in {folder}/<class>/"
    expect(classes, "FBM_DATA", wanted, "no class folder; FBM_DATA=glyphs needs no files")
    Image.init()
    known = {suffix for suffix, kind in Image.registered_extensions().items() if kind in Image.OPEN}
    files, labels = [], []
    for label, place in enumerate(classes):
        images = _images(place, known)
        expect(images, "FBM_DATA", wanted, f"none in {place}; FBM_DATA=glyphs needs no files")
        files += images
        labels += [label] * len(images)
    return files, labels, tuple(map(_composed, classes))


def pixels(file: Path, size: int) -> np.ndarray:
    """Return an image as a viewer shows it, resized; kept in the cache, for decoding a photo takes long.

    Parameters
    ----------
    file : Path
        The image.
    size : int
        Height and width.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        Its colors.

    Raises
    ------
    ValueError
        If the file is no whole image, or one whose range of values is not known; the message has its name and the cure.
    """
    try:
        facts = file.stat()
    except OSError as error:
        raise ValueError(f"{file}: not an image that can be read ({error}); {CURE}") from None
    key = f"{file.resolve()} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino} {size}"
    place = cache_folder() / "thumbnails" / hashlib.sha256(os.fsencode(key)).hexdigest()
    with contextlib.suppress(OSError, ValueError):  # not there, or only in part
        return np.frombuffer(place.read_bytes(), np.uint8).reshape(size, size, 3)
    made = _decoded(file, size)
    if time.time() - facts.st_mtime > 0.1:  # a younger file may change once more within one tick of the disk's clock
        with contextlib.suppress(OSError):  # a cache that is full or not ours only costs time
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(made.tobytes())
    return made


def _composed(path: Path) -> str:
    """Return a name with accents as one character each: macOS takes them apart."""
    return unicodedata.normalize("NFC", path.name)


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM


def _images(folder: Path, known: set[str]) -> list[Path]:
    """Return the images below a folder, and refuse files that are neither images nor known to lie beside them."""
    files = []
    for place, _, names in sorted(os.walk(folder, followlinks=True, onerror=_raised)):
        if any(_hidden(part) for part in Path(place).relative_to(folder).parts):
            continue
        for name in sorted(names):
            suffix = Path(name).suffix.lower()
            if _hidden(name) or suffix in NOTES:
                continue
            file = Path(place, name)
            if suffix not in known | {""}:
                raise ValueError(f"{file}: Pillow, which reads the images, does not know {suffix} files; {CURE}")
            files.append(file)
    return files


def _raised(error: OSError) -> None:
    raise error


def _decoded(file: Path, size: int) -> np.ndarray:
    try:
        # a viewer is silent about damaged metadata and large images, and what stands on stderr stops a lesson
        with warnings.catch_warnings(action="ignore"), Image.open(file) as image:
            shown = _shown(ImageOps.exif_transpose(image))
            return np.array(shown.resize((size, size), Image.Resampling.BILINEAR))
    except Exception as error:  # noqa: BLE001  Pillow raises what its decoders happen to
        raise ValueError(f"{file}: not an image that can be read ({error}); {CURE}") from None


def _shown(image: Image.Image) -> Image.Image:
    """Return an image in 8 bits a color, on white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        top = 1.0 if image.mode == "F" else 65535
        values = np.asarray(image, np.float64)
        bounds = f"{values.min():g} to {values.max():g}"
        expect(0 <= values.min() and values.max() <= top, "pixels", f"values from 0 to {top:g}", bounds)
        return Image.fromarray((values * 255 / top + 0.5).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
