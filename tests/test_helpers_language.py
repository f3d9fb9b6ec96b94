"""The generated language: sentences of its grammar, and probabilities that are true."""

import math
import re

import numpy as np
import pytest
import torch

import fbm_helpers as fbm
from fbm_helpers.language import WORDS

SOUNDS = dict(zip(WORDS["animal"].split(), WORDS["sound"].split(), strict=True))
SENTENCE = re.compile(
    r"the (?:{adjective} )?({animal})(?: {preposition} the (?:{adjective} )?{animal})* ({sound})(?: {adverb})? \.".format(
        **{kind: f"(?:{words.replace(' ', '|')})" for kind, words in WORDS.items()}
    )
)


def lines(text):
    return [" ".join(text.words[index] for index in row) for row in text.tokens]


def test_every_sentence_is_one_of_the_grammar_and_the_first_animal_speaks():
    text = fbm.language(200, 60, seed=3)
    said = 0
    for line in lines(text):
        *whole, rest = re.split(r"(?<=\.) ", line)
        for sentence in whole:
            animal, sound = SENTENCE.fullmatch(sentence).groups()
            assert SOUNDS[animal] == sound
            said += 1
        assert rest.startswith("the")
    assert said > 1000


def test_surprisal_is_that_of_counted_continuations():
    """Count what follows the same beginning of a row; its frequency must be the stated probability."""
    text = fbm.language(40_000, 5, seed=0)
    for length in (1, 2, 3, 4):
        _, place = np.unique(text.tokens[:, :length].numpy(), axis=0, return_inverse=True)
        place = place.ravel()
        for start in np.bincount(place).argsort()[-5:]:
            here = torch.from_numpy(place == start)
            after, stated = text.tokens[here, length], text.surprisal[here, length]
            for token in after.unique():
                share = (after == token).double().mean().item()
                p = math.exp(-stated[after == token][0].item())
                assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / len(after)) + 1e-9
                assert stated[after == token].unique().numel() == 1


def test_the_mean_surprisal_is_the_entropy_of_the_grammar():
    """A sentence has 1 or more animals (1 / 0.4 on average); its entropy is that of the choices that make it."""
    animals = 1 / 0.4
    halves = math.log(2)
    choices = animals * (halves + 0.5 * math.log(8) + math.log(8))  # whether an adjective, which, which animal
    choices += animals * -(0.6 * math.log(0.6) + 0.4 * math.log(0.4)) + (animals - 1) * math.log(4)  # another, where
    choices += halves + 0.5 * math.log(4)  # an adverb, which
    length = animals * 2.5 + (animals - 1) + 1 + 0.5 + 1
    text = fbm.language(300, 3000, seed=1)
    assert text.surprisal.double().mean().item() == pytest.approx(choices / length, rel=3e-3)


def test_a_seed_decides_the_text():
    a, b, c = (fbm.language(4, 30, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(a.tokens, b.tokens) and not torch.equal(a.tokens, c.tokens)
    assert a.tokens.dtype == torch.int64 and a.tokens.shape == a.surprisal.shape == (4, 30)
    assert torch.equal(fbm.language(4, 30).tokens, fbm.language(4, 30, seed=fbm.seeds(1)[0]).tokens)


@pytest.mark.parametrize(
    "given", [{"rows": 0, "length": 5}, {"rows": 5, "length": 2.5}, {"rows": 1, "length": 1, "seed": -1}]
)
def test_bad_arguments_are_named(given):
    with pytest.raises(ValueError, match="expected a whole number"):
        fbm.language(**given)
