"""Folders of one's own images: what a viewer shows, or a message that says which file is wrong and what cures it."""

import os
import shutil
import struct
import unicodedata
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

import fbm_helpers as fbm
from fbm_helpers import folders

COLORS = {"cat": (255, 0, 0), "dog": (0, 0, 255)}


def age(root):
    """Let all files below a folder be an hour old: images are kept in the cache once they are done."""
    for file in root.rglob("*"):
        if file.is_file():
            os.utime(file, (file.stat().st_mtime - 3600,) * 2)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an image folder that ``FBM_DATA`` names: six cats and dogs for training, three for testing."""
    root = tmp_path / "pets"
    for part, count in (("train", 6), ("test", 3)):
        for name, color in COLORS.items():
            (root / part / name).mkdir(parents=True)
            for index in range(count):
                shade = tuple(int(channel * (1 - index / 10)) for channel in color)
                suffix = "png" if index % 2 else "jpg"
                Image.new("RGB", (30, 20), shade).save(root / part / name / f"{index}.{suffix}", quality=95)
    age(root)
    monkeypatch.setenv("FBM_DATA", str(root))
    monkeypatch.setenv("FBM_CACHE", str(tmp_path / "cache"))
    return root


def colors(file):
    """Return the pixels of an image as they are read, (3, 16, 16) from 0 to 1."""
    return torch.tensor(folders.pixels(file, 16)).permute(2, 0, 1) / 255


@pytest.fixture
def only(folder):
    """Return a function that saves an image among the cats, and returns it as it is read."""

    def read(image, name="only.png", **options):
        file = folder / "train" / "cat" / name
        image.save(file, **options)
        return colors(file)

    return read


def near(x, color):
    """Tell whether part of an image has this color."""
    return torch.allclose(x.mean((1, 2)), torch.tensor(color), atol=0.02)


# ---- which files


def test_a_folder_is_read_resized_and_labeled_by_class(folder):
    train, test = fbm.images(12, 6)
    assert (train.x.shape, test.x.shape) == ((12, 1, 16, 16), (6, 1, 16, 16))
    assert train.classes == test.classes == ("cat", "dog")
    for images in (train, test):
        assert torch.equal(images.x.amax((1, 2, 3)) < 0.13, images.y == 1)  # a dog is blue, which is dark
        assert images.x.min() >= 0 and images.x.max() <= 1


def test_gray_is_the_luminance_of_color(folder):
    weights = torch.tensor([0.299, 0.587, 0.114]).reshape(3, 1, 1)
    wanted = sorted((colors(file) * weights).sum().item() for file in folder.glob("train/*/*"))
    assert sorted(fbm.images(12, 6)[0].x.sum((1, 2, 3)).tolist()) == pytest.approx(wanted, abs=1e-3)


def test_the_seed_chooses_the_images_of_a_folder(folder, monkeypatch):
    first, again, other = (fbm.images(5, 2, seed=seed)[0].x for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    monkeypatch.setenv("FBM_SEED", "2")
    assert torch.equal(fbm.images(5, 2)[0].x, fbm.images(5, 2, seed=2000)[0].x)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_there_may_be_any_number_of_classes(folder, count):
    for part in ("train", "test"):
        for name in COLORS:
            shutil.rmtree(folder / part / name)
        for index in range(count):
            (folder / part / f"class {index:02}").mkdir()
            Image.new("L", (9, 9), index).save(folder / part / f"class {index:02}" / "0.png")
    train, test = fbm.images(count, count)
    assert train.classes == test.classes == tuple(f"class {index:02}" for index in range(count))
    assert sorted(train.y.tolist()) == list(range(count))


@pytest.mark.parametrize("part", ["train", "test"])
def test_more_images_than_there_are_are_refused_with_their_number(folder, part):
    there = {"train": 12, "test": 6}
    told = f"{part}: expected at most {there[part]} images, for there are no more, got {there[part] + 1}"
    with pytest.raises(ValueError, match=told):
        fbm.images(**there | {part: there[part] + 1})


@pytest.mark.parametrize("junk", [".DS_Store", "._0.png", "Thumbs.db", "desktop.ini", "Icon\r", "notes.txt", "0.XMP"])
def test_what_systems_and_notes_leave_beside_images_is_no_image(folder, junk):
    for place in (folder / "train", folder / "train" / "cat"):
        (place / junk).write_bytes(b"\0\5\26\7")
    assert len(fbm.images(12, 6)[0]) == 12
    with pytest.raises(ValueError, match="at most 12 images"):
        fbm.images(13, 6)


@pytest.mark.parametrize("junk", [".ipynb_checkpoints", "__MACOSX", "@eaDir", "$RECYCLE.BIN"])
def test_what_systems_and_jupyter_keep_in_folders_is_no_class_and_no_image(folder, junk):
    for place in (folder / "train", folder / "test", folder / "train" / "cat"):
        (place / junk / "deep").mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(place / junk / "deep" / "0-copy.png")
    assert fbm.images(12, 6)[0].classes == ("cat", "dog")
    with pytest.raises(ValueError, match="at most 12 images"):
        fbm.images(13, 6)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".JPG", ".jfif", ".tiff", ".bmp", ""])
def test_every_kind_of_image_that_pillow_reads_counts_also_in_folders_below(folder, suffix):
    (folder / "train" / "cat" / "2024").mkdir()
    kind = "png" if suffix == "" else None
    with (folder / "train" / "cat" / "2024" / f"more{suffix}").open("wb") as file:
        Image.new("RGB", (9, 9)).save(file, kind or Image.registered_extensions()[suffix.lower()])
    assert len(fbm.images(13, 6)[0]) == 13


@pytest.mark.parametrize("suffix", [".heic", ".mp4", ".zip"])
def test_a_file_of_another_kind_is_refused_though_it_was_not_asked_for(folder, suffix):
    (folder / "train" / "dog" / "0.jpg").rename(folder / "train" / "dog" / f"0{suffix}")
    told = rf"train/dog/0{suffix}: Pillow, which reads the images, does not know {suffix} files; save it as PNG or JPEG"
    with pytest.raises(ValueError, match=told):
        fbm.images(1, 1)


def test_names_with_accents_are_the_same_class_however_they_are_composed(folder):
    for part, form in (("train", "NFC"), ("test", "NFD")):
        (folder / part / "dog").rename(folder / part / unicodedata.normalize(form, "é"))
    assert fbm.images(1, 1)[1].classes == ("cat", "\u00e9")


def test_a_class_may_be_a_link(folder, tmp_path):
    (folder / "test" / "dog").rename(tmp_path / "elsewhere")
    (folder / "test" / "dog").symlink_to(tmp_path / "elsewhere")
    assert len(fbm.images(12, 6)[1]) == 6


@pytest.mark.parametrize("damage", ["no test folder", "an empty class", "no classes"])
def test_a_folder_without_its_parts_is_refused_with_the_layout(folder, damage):
    if damage == "an empty class":
        (folder / "test" / "emu").mkdir()
    else:
        shutil.rmtree(folder / "test")
    if damage == "no classes":
        (folder / "test").mkdir()
    with pytest.raises(ValueError, match=rf"FBM_DATA: expected images in {folder}/test/<class>/.*FBM_DATA=glyphs"):
        fbm.images(12, 6)


def test_test_classes_that_differ_from_training_classes_are_refused(folder):
    (folder / "test" / "cat").rename(folder / "test" / "emu")
    with pytest.raises(ValueError, match="same class folders in train and test .* got cat, dog and dog, emu"):
        fbm.images(12, 6)


@pytest.mark.parametrize("below", [".", "lessons/part"])
def test_a_relative_folder_is_found_from_the_working_folder_and_from_those_below(folder, monkeypatch, below):
    (folder.parent / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder.parent / below)
    monkeypatch.setenv("FBM_DATA", "pets")
    assert len(fbm.images(12, 6)[0]) == 12


def test_the_nearest_folder_of_a_relative_name_is_taken(folder, monkeypatch):
    below = folder.parent / "below"
    shutil.copytree(folder, below / "pets")
    (below / "pets" / "train" / "cat" / "0.jpg").unlink()
    monkeypatch.chdir(below)
    monkeypatch.setenv("FBM_DATA", "pets")
    with pytest.raises(ValueError, match="at most 11 images"):
        fbm.images(12, 6)


def test_a_tilde_means_the_home(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("FBM_DATA", "~/pets")
    assert len(fbm.images(12, 6)[0]) == 12


# ---- what a viewer shows


@pytest.mark.parametrize(("orientation", "top"), [(1, "red"), (3, "blue"), (6, "mixed")])
def test_a_photo_is_turned_as_its_camera_was(only, orientation, top):
    photo = Image.new("RGB", (32, 32), "blue")
    photo.paste("red", (0, 0, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    x = only(photo, exif=exif)[:, :6]
    shown = {"red": [1.0, 0, 0], "blue": [0, 0, 1.0], "mixed": [0.5, 0, 0.5]}
    assert near(x, shown[top])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white(only, mode):
    icon = np.zeros((32, 32, 4), np.uint8)
    icon[16:, :, 3] = 255
    options = {}
    image = Image.fromarray(icon)
    if mode == "P":
        image = Image.fromarray(icon[..., 3] // 255, "P")
        image.putpalette([0, 0, 0] * 2)
        options = {"transparency": b"\0\377"}
    x = only(image.convert(mode), **options)
    assert near(x[:, :7], [1.0, 1, 1]) and near(x[:, 9:], [0.0, 0, 0])


def test_a_palette_with_partial_transparency_warns_of_nothing(only):
    image = Image.new("P", (30, 20))
    image.putpalette([0, 255, 0] * 256)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = only(image, transparency=bytes([128] * 256))
    assert near(x, [0.5, 1, 0.5])


@pytest.mark.parametrize(
    ("top", "kind", "name"), [(65535, np.uint16, "0.png"), (65535, np.int32, "0.tiff"), (1, np.float32, "0.tiff")]
)
def test_a_ramp_of_16_bits_or_floats_keeps_its_middle(only, top, kind, name):
    x = only(Image.fromarray(np.linspace(0, top, 1024).reshape(32, 32).astype(kind)), name)
    assert near(x, [0.5] * 3) and x.min() < 0.05 and x.max() > 0.95


@pytest.mark.parametrize("values", [[0, 255], [-1, 1], [0, np.nan]])
def test_floats_of_unknown_range_are_refused_with_the_range(only, values):
    image = Image.fromarray(np.array([values] * 2, np.float32))
    with pytest.raises(ValueError, match=r"0.tiff: not an .* expected values from 0 to 1, got .* save it as PNG"):
        only(image, "0.tiff")


@pytest.mark.parametrize("mode", ["1", "L", "CMYK", "YCbCr", "LAB"])
def test_images_in_other_modes_keep_their_color(only, mode):
    white = (
        Image.new("LAB", (9, 9), (255, 128, 128)) if mode == "LAB" else Image.new("RGB", (9, 9), "white").convert(mode)
    )
    assert near(only(white, "0.tiff"), [1.0] * 3)


# ---- what cannot be read


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.9])
def test_a_truncated_image_is_refused_by_name(folder, suffix, kept):
    file = folder / "train" / "dog" / f"noise.{suffix}"
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (40, 40, 3), np.uint8)).save(file)
    fbm.images(13, 6)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(ValueError, match=rf"{file}: not an image that can be read \(.*\); save it as .*, or remove it"):
        fbm.images(13, 6)


def chunk(kind, body):
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
BROKEN = {
    "page.png": b"<html>404</html>",
    "twice.png": PNG + chunk(b"IDAT", zlib.compress(bytes(25 * 8))) + chunk(b"IHDR", b"") + chunk(b"IEND", b""),
    "profile.png": PNG + chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(2_000_000))),
    "words.ppm": b"P6\n8 x\n255\n" + bytes(300),
    "huge.pgm": b"P5\n20000 20000\n255\n" + bytes(300),
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_pillow_raises_the_message_names_the_file_and_the_cure(folder, name):
    (folder / "test" / "cat" / name).write_bytes(BROKEN[name])
    told = (
        rf"{name}: not an image that can be read \(.*\); save it as PNG or JPEG with at most 100 megapixels, or remove"
    )
    with pytest.raises(ValueError, match=told):
        fbm.images(12, 7)


def test_a_photo_of_100_megapixels_is_read_without_a_warning(only):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert near(only(Image.new("1", (10000, 10000), 1)), [1.0] * 3)


def test_a_dangling_link_is_refused_by_name(folder):
    (folder / "test" / "cat" / "gone.png").symlink_to(folder / "nothing.png")
    with pytest.raises(ValueError, match=r"gone.png: not an image that can be read \(.*No such file"):
        fbm.images(12, 7)


# ---- decoded once


@pytest.fixture
def decoded(monkeypatch):
    """Return the names of the files that are decoded, as they come."""
    names, real = [], folders._decoded

    def noted(file, size):
        names.append(f"{file.parent.name}/{file.name}")
        return real(file, size)

    monkeypatch.setattr(folders, "_decoded", noted)
    return names


def test_an_image_is_decoded_once_for_each_size(folder, decoded):
    first = fbm.images(12, 6)[0].x
    assert len(decoded) == 18
    assert torch.equal(fbm.images(12, 6)[0].x, first) and len(decoded) == 18
    for file in folder.glob("*/*/*"):
        assert folders.pixels(file, 8).shape == (8, 8, 3)
    assert len(decoded) == 36


@pytest.mark.parametrize("change", ["written", "replaced", "renamed"])
def test_an_image_that_changes_is_decoded_again(folder, decoded, change):
    file = folder / "train" / "dog" / "0.jpg"
    fbm.images(12, 6)
    del decoded[:]
    facts = file.stat()
    if change == "renamed":
        file.rename(file.with_name("9.jpg"))
    else:
        content = file.read_bytes()
        if change == "replaced":
            file.unlink()
        file.write_bytes(content[:-2] + b"\xff\xd9")  # of the same size, and as old
        os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    fbm.images(12, 6)
    assert decoded == ["dog/9.jpg" if change == "renamed" else "dog/0.jpg"]


def test_an_image_just_written_is_not_yet_kept_for_it_may_change_within_a_tick(folder, decoded):
    file = folder / "train" / "dog" / "0.jpg"
    os.utime(file, (file.stat().st_mtime + 7200,) * 2)  # younger than now
    fbm.images(12, 6)
    del decoded[:]
    fbm.images(12, 6)
    assert decoded == ["dog/0.jpg"]


def test_a_kept_image_that_was_cut_off_is_decoded_again_and_mended(folder, decoded):
    first = fbm.images(12, 6)[0].x
    for place in (folder.parent / "cache" / "thumbnails").iterdir():
        place.write_bytes(place.read_bytes()[:100])
    assert torch.equal(fbm.images(12, 6)[0].x, first) and len(decoded) == 36
    assert len(fbm.images(12, 6)[0]) == 12 and len(decoded) == 36


def test_without_a_cache_that_can_be_used_images_are_read_all_the_same(folder, monkeypatch, decoded):
    (folder.parent / "file").write_text("")
    monkeypatch.setenv("FBM_CACHE", str(folder.parent / "file"))
    assert len(fbm.images(12, 6)[0]) == len(fbm.images(12, 6)[0]) == 12 and len(decoded) == 36
