"""Keep what was made, for as long as what it was made of stays the same."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.book import words

FILES = [*sorted(Path(__file__).parent.glob("*.*")), Path(words.__file__)]
PROGRAM = b"".join(path.read_bytes() for path in FILES)


class Kept:
    """A folder of files, each made once from its inputs.

    Parameters
    ----------
    folder : Path
        The folder; it is made if need be.
    """

    def __init__(self, folder: Path):
        self.folder, self.used = folder, set()
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, inputs: Iterable[bytes], make: Callable[[Path], object]) -> Path:
        """Return the file that is made from inputs.

        Parameters
        ----------
        inputs : iterable of bytes
            All that decides what is in the file, beside the code and the styles of this folder, and the words of pages.
        make : callable
            Writes the file to the path that it is given; called if the file is not there.

        Returns
        -------
        Path
            The file.
        """
        path = self.folder / hashlib.sha256(b"\0".join([PROGRAM, *inputs])).hexdigest()
        if not path.exists():
            draft = path.with_suffix(".draft")
            make(draft)
            draft.replace(path)
        self.used.add(path)
        return path

    def drop_unused(self) -> None:
        """Remove the files that nobody asked for."""
        for path in set(self.folder.iterdir()) - self.used:
            path.unlink()
