"""Downloads: fetched once, checked by their published checksum, and kept in one folder.

pooch is imported where it is used: most lessons download nothing.
"""

import contextlib
import os
from pathlib import Path

import platformdirs
import torch

from ._arguments import expect
from ._display import progress

SILENCE = 30  # seconds without a byte after which a server is given up
RESNET18 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"  # torchvision's IMAGENET1K_V1


def nearest(name: str) -> Path:
    """Return the folder that a path of the environment means.

    Parameters
    ----------
    name : str
        A path; ``~`` is the home. A relative one is looked for in the working folder and in those above it: a lesson runs in
        the folder of its part, while its variables were set in a folder above.

    Returns
    -------
    Path
        The nearest folder of that name that exists, else what the path means in the working folder; absolute.
    """
    place = Path(name).expanduser()
    here = Path.cwd()
    found = (above / place for above in (here, *here.parents))
    return next(filter(os.path.isdir, found), here / place)  # isdir: no error for what may not be read


def cache_folder() -> Path:
    """Return where downloads go: ``FBM_CACHE``, or the platform's cache folder of the user."""
    given = os.environ.get("FBM_CACHE")
    if not given:
        return Path(platformdirs.user_cache_dir("from-base-models"))
    folder = nearest(given)
    known = Path(given).expanduser().is_absolute() or os.path.isdir(folder)
    expect(known, "FBM_CACHE", "an absolute path, or a folder that exists", f"{given!r}, which would be {folder}")
    return folder


def download(folder: Path, url: str, checksum: str) -> Path:
    """Return a file of the cache, downloaded if it is not there or not what was published.

    Parameters
    ----------
    folder : Path
        Where it is kept; a file copied there by hand is taken if its checksum is right.
    url : str
        Where the file comes from.
    checksum : str
        ``"sha256:..."`` or ``"md5:..."``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RuntimeError
        If the file cannot be had, or cannot be kept; the message has the cause and what to do.
    """
    import pooch
    from requests import RequestException

    def fetch(url: str, draft: str, caller: object) -> None:
        with progress(None, total=1, unit="B", unit_scale=True, desc=file) as bar:
            pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16, timeout=SILENCE)(url, draft, caller)

    file = url.rsplit("/", 1)[-1]
    pooch.get_logger().setLevel("ERROR")  # what stands on stderr stops a lesson
    missing = [place for place in (folder, *folder.parents) if not os.path.exists(place)]
    try:
        return Path(pooch.retrieve(url, checksum, file, folder, _readable, fetch))
    except Exception as error:
        with contextlib.suppress(OSError):
            for place in missing:  # nothing stays of what failed
                place.rmdir()
        if isinstance(error, OSError) and not isinstance(error, RequestException):
            said = f"{folder} cannot be used ({error}); set FBM_CACHE to a folder of your own, with room"
        else:
            there = f"the {file} in {folder} is damaged, and " if os.path.exists(folder / file) else ""
            cure = f"try again with a network, or copy {file} to {folder}"
            said = f"{there}the download failed or its checksum is wrong ({error}); {cure}"
        raise RuntimeError(f"{folder.name}: {said}") from error


def resnet18_weights() -> dict[str, torch.Tensor]:
    """Return the ImageNet weights of torchvision's ResNet-18 (45 MB), from the cache or the network.

    Returns
    -------
    dict of str to Tensor
        The ``state_dict``.

    Raises
    ------
    RuntimeError
        As of `download`.
    """
    from torchvision.models import ResNet18_Weights

    file = download(cache_folder() / "imagenet", ResNet18_Weights.IMAGENET1K_V1.url, f"sha256:{RESNET18}")
    return torch.load(file, weights_only=True)


def _readable(file: str, action: str, _: object) -> str:
    """Let other users of the cache read a new file: pooch makes it as a temporary one, for the owner alone."""
    if action != "fetch":
        Path(file).chmod(0o644)
    return file
