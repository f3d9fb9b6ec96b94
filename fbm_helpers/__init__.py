"""What the lessons of *From Base Models* share and are not about.

Import it as ``import fbm_helpers as fbm``. Modules: ``images``, ``glyphs``, ``data`` and ``folders`` (pictures),
``downloads``, ``language`` (sentences of known entropy), ``train`` (the loop), ``seeding`` and ``trials`` (many seeds, in
parallel), ``tuning`` (the search for a learning rate), ``claims`` (sentences that must hold), ``parity`` (with torch),
``exercises``, ``costs`` (what a model costs), ``plots`` and ``chart`` (figures).
"""

# ruff: noqa: F401  what is imported here is what the package offers: __all__ is derived from it

from . import costs
from .claims import ClaimFailed, claim
from .data import digits, images
from .downloads import resnet18_weights
from .exercises import exercise
from .glyphs import glyphs
from .images import Images
from .language import Language, language
from .parity import ParityFailed, parity
from .plots import MUTED, glue, pictures, series, show, strips
from .seeding import reproducible, seeds
from .train import Diverged, History, evaluate, fit, predict
from .trials import Measured, Trials, trials
from .tuning import Tuned, tune

__all__ = [
    n for n, v in globals().items() if n in ("costs", "MUTED") or getattr(v, "__module__", "").startswith(__name__)
]
