"""Data: images by name, digits, and a message for every argument that cannot be."""

import pytest
import torch

import fbm_helpers as fbm


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": 0}, "train: expected a whole number from 1 up, got 0"),
        ({"test": -1}, "test: expected a whole number from 1 up, got -1"),
        ({"seed": -1}, "seed: expected a whole number from 0 to 2147483647, got -1"),
    ],
)
def test_a_bad_argument_of_images_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fbm.images(**{"train": 12, "test": 6} | arguments)


def test_an_unknown_name_is_refused_with_the_known_ones_and_where_a_folder_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FBM_DATA", "cifar")
    told = rf"FBM_DATA: expected glyphs, cifar10, fashion_mnist or an image folder, got 'cifar', and {tmp_path}/cifar is no"
    with pytest.raises(ValueError, match=told):
        fbm.images(1, 1)


def test_digits_are_split_at_random_into_all_of_the_1797():
    train, test = fbm.digits(seed=1)
    assert train.x.shape == (1300, 1, 8, 8) and len(test) == 497 and train.classes == tuple("0123456789")
    every, again = (torch.cat([a.x, b.x]).flatten(1) for a, b in ((train, test), fbm.digits(seed=2)))
    assert not torch.equal(every, again)
    assert torch.equal(every.unique(dim=0), again.unique(dim=0))
    assert torch.equal(fbm.digits(seed=1)[1].x, test.x)
    assert 0 == every.min() and every.max() == 1
