"""Glyphs: the same data everywhere, what was asked for, and worth a convolution."""

import hashlib
import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import fbm_helpers as fbm
from fbm_helpers.glyphs import CHARACTERS, FONTS

PINNED = {  # sha256 of 8-bit images, labels, fonts and masks of 1,100 glyphs; a change here changes every lesson
    "gray 16": "ec57eed94312d01347d18fa618bf584b3bd630ef75847b57ce31a57524156b56",
    "color 16": "53eb64318edb813cfca502898beed6d96d8e05d49659f5180c2cfc162166cfff",
    "gray 32": "b379609a3f18b46ef52e66b263713a5bddf4de75e789919708012e5f0f351fb2",
    "hard 16": "95b9c679d6156d61088005698fd21614ff3d7b5feb6017c08091d4aa5d7cf550",
}
KINDS = {"gray 16": {}, "color 16": {"color": True}, "gray 32": {"size": 32}, "hard 16": {"difficulty": 2.0}}
NUMPY_FEATURES = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
SETTINGS = {
    "one thread, no vector instructions": {
        "OMP_NUM_THREADS": "1",
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_CBWR": "COMPATIBLE",
        "NPY_DISABLE_CPU_FEATURES": " ".join(NUMPY_FEATURES),
    },
    "two threads, AVX2": {"OMP_NUM_THREADS": "2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
}


def digest(images):
    """Return the sha256 of all that a lesson may use of some images."""
    found = hashlib.sha256()
    for part in (images.x * 255, images.y, images.font, images.mask * 255):
        found.update(part.round().to(torch.uint8).contiguous().numpy().tobytes())
    return found.hexdigest()


def digests():
    """Return the digest of each kind of glyphs."""
    return {name: digest(fbm.glyphs(1100, seed=3, **kind)) for name, kind in KINDS.items()}


def test_the_same_seed_gives_the_pinned_images():
    assert digests() == PINNED


@pytest.mark.parametrize("setting", SETTINGS)
def test_threads_and_instruction_sets_do_not_change_a_pixel(setting):
    program = (
        "import json, torch; from test_helpers_glyphs import NUMPY_FEATURES, digests;"
        "capability = torch.backends.cpu.get_cpu_capability();"
        "print(json.dumps([digests(), torch.get_num_threads(), capability, NUMPY_FEATURES]))"
    )
    here = Path(__file__).parent
    environment = os.environ | SETTINGS[setting] | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    found, threads, capability, features = json.loads(run.stdout)
    assert threads == int(SETTINGS[setting]["OMP_NUM_THREADS"])  # else the setting was not at work
    assert (capability, features) == ("DEFAULT", []) or setting == "two threads, AVX2"
    assert found == PINNED


def test_the_bank_of_masters_is_the_committed_one():
    with resources.files("fbm_helpers").joinpath("glyphs.npz").open("rb") as file:
        bank = np.load(file, allow_pickle=False)["bank"]
    assert bank.shape == (len(CHARACTERS), FONTS, 64, 64)
    assert bank.dtype == np.uint8
    assert (
        hashlib.sha256(bank.tobytes()).hexdigest() == "84290686482389d7e093ea91f8fcdfb2889560b0e23205246df1dda90b4a4b39"
    )


def test_images_have_256_levels_and_know_their_label_font_and_mask():
    images = fbm.glyphs(300, color=True, size=24)
    assert images.x.shape == (300, 3, 24, 24) and images.x.dtype == torch.float32
    assert images.mask.shape == (300, 1, 24, 24) and images.font.shape == (300,)
    assert images.y.dtype == torch.int64 and set(images.y.tolist()) == set(range(10))
    assert torch.equal((images.x * 255).round() / 255, images.x)
    assert len(images) == 300 and len(images[:7].font) == 7 and images[:7].classes == tuple("0123456789")


def test_without_difficulty_a_gray_glyph_is_its_mask():
    images = fbm.glyphs(50, difficulty=0)
    assert torch.equal(images.x, images.mask)


def test_other_seeds_give_other_images_and_training_data_shares_none_with_test_data():
    parts = [*fbm.images(500, 500, seed=0), *fbm.images(500, 500, seed=1)]
    assert len(torch.cat([part.x.flatten(1) for part in parts]).unique(dim=0)) == 2000


def test_only_the_classes_asked_for_are_drawn_in_all_fonts():
    images = fbm.glyphs(400, classes="XAB")
    assert images.classes == ("X", "A", "B") and set(images.y.tolist()) == {0, 1, 2}
    assert set(images.font.tolist()) == set(range(FONTS))


def test_the_order_of_the_classes_numbers_the_labels():
    mean = {
        (order, character): images.x[images.y == order.index(character)].mean(0)
        for order in ("AB", "BA")
        for images in [fbm.glyphs(400, classes=order)]
        for character in "AB"
    }

    def apart(a, b):
        return (mean["AB", a] - mean["BA", b]).norm()

    assert apart("A", "A") < 0.5 * apart("A", "B") and apart("B", "B") < 0.5 * apart("B", "A")


def test_what_a_caller_changes_in_place_does_not_reach_the_next_caller():
    fbm.glyphs(60).x.zero_()
    assert fbm.glyphs(60).x.max() == 1


@pytest.mark.parametrize("count", [1, 128, 129])
def test_any_number_is_drawn(count):
    assert fbm.glyphs(count, color=True).x.shape == (count, 3, 16, 16)


def test_a_linear_model_stays_clearly_below_a_small_convolutional_one():
    train, test = fbm.images(2000, 1000)
    fbm.reproducible(0)
    cnn = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 16, 10)),
    )
    linear = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))
    fbm.fit(cnn, train.x, train.y, epochs=8, lr=5e-3)
    fbm.fit(linear, train.x, train.y, epochs=20, lr=2e-2)
    reached = {"cnn": fbm.evaluate(cnn, test.x, test.y), "linear": fbm.evaluate(linear, test.x, test.y)}
    assert reached["cnn"] > 0.88 and 0.5 < reached["linear"] < reached["cnn"] - 0.1, reached


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count: expected a whole number from 1 up, got 0"),
        ({"count": 2.5}, "count: expected a whole number from 1 up, got 2.5"),
        ({"classes": "abc"}, "classes: expected a choice out of 0, 1, .*, got 'abc'"),
        ({"classes": ""}, "classes: expected a choice out of .* got ''"),
        ({"classes": "AAB"}, "classes: expected each character once, got 'AAB'"),
        ({"size": 4}, "size: expected a whole number from 8 up, got 4"),
        ({"seed": -1}, "seed: expected a whole number from 0 to 4294967295, got -1"),
        ({"difficulty": 9}, "difficulty: expected a number from 0 to 3, got 9"),
        ({"difficulty": float("nan")}, "difficulty: expected a number from 0 to 3, got nan"),
    ],
)
def test_a_bad_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fbm.glyphs(**{"count": 5} | arguments)
