"""Sentences from a small grammar whose every probability is known, and with them the lowest loss that a model can reach."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ._arguments import whole
from .seeding import known

WORDS = {  # of each kind; the animals and their sounds in the same order
    ".": ".",
    "the": "the",
    "adjective": "big small old young happy sad quick slow",
    "animal": "dog cat cow duck frog owl pig lion",
    "preposition": "near behind beside with",
    "sound": "barks meows moos quacks croaks hoots oinks roars",
    "adverb": "loudly softly often again",
}
KINDS = tuple(WORDS)
FOLLOWS = {  # the kinds are a Markov chain; what needs memory is which sound it is
    ".": {"the": 1.0},
    "the": {"adjective": 0.5, "animal": 0.5},
    "adjective": {"animal": 1.0},
    "animal": {"preposition": 0.6, "sound": 0.4},
    "preposition": {"the": 1.0},
    "sound": {"adverb": 0.5, ".": 0.5},
    "adverb": {".": 1.0},
}


class Language(NamedTuple):
    """Text in tokens.

    Attributes
    ----------
    tokens : Tensor, shape (N, T)
        Numbers of words, int64.
    surprisal : Tensor, shape (N, T)
        The true -ln P(token | all tokens before it in its row), in nats. Its mean over the tokens that a model predicts is the
        floor of the model's cross-entropy on them, up to the model's luck on a finite text.
    words : tuple of str
        The vocabulary.
    """

    tokens: Tensor
    surprisal: Tensor
    words: tuple[str, ...]


def language(rows: int, length: int, *, seed: int | None = None) -> Language:
    """Return rows of sentences such as "the old dog near the cat barks loudly .", in which the sound is that of the first animal.

    Between an animal and its sound stand any number of others, so that the sound cannot be told from the last few words.

    Parameters
    ----------
    rows, length : int
        N and T. Each row begins a sentence; its last one may be cut off.
    seed : int, optional
        Draws the sentences. By default the first of `seeds`.

    Returns
    -------
    Language
        Tokens, the surprisal of each, and the vocabulary.
    """
    whole(1, rows=rows, length=length)
    rng = np.random.RandomState(known(seed))
    size = np.array([len(words.split()) for words in WORDS.values()])
    first = size.cumsum() - size
    chain = np.array([[FOLLOWS[kind].get(after, 0.0) for after in KINDS] for kind in KINDS])
    reach = chain.cumsum(1)
    animal, sound = KINDS.index("animal"), KINDS.index("sound")
    kind, subject = np.zeros(rows, int), np.full(rows, -1)  # -1: the sentence has none yet
    tokens, surprisal = np.empty((rows, length), int), np.empty((rows, length))
    for step in range(length):
        before, draw = kind, rng.random_sample((2, rows))
        kind = (reach[before] < draw[0, :, None]).sum(1)
        word = (draw[1] * size[kind]).astype(int)
        subject = np.where((kind == animal) & (subject < 0), word, subject)
        word = np.where(kind == sound, subject, word)
        tokens[:, step] = first[kind] + word
        surprisal[:, step] = -np.log(chain[before, kind]) + np.where(kind == sound, 0.0, np.log(size[kind]))
        subject = np.where(kind == 0, -1, subject)
    return Language(
        torch.from_numpy(tokens), torch.from_numpy(surprisal).float(), tuple(" ".join(WORDS.values()).split())
    )
