"""Plots: one inline SVG that follows the page, says itself in words, and comes out the same every time."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

import fbm_helpers as fbm
from fbm_helpers import plots

SVG = "{http://www.w3.org/2000/svg}"
ALT = "Two <lines> & a picture that cross at 0.125."


def drawing():
    """Return a figure with lines, markers, a legend, a picture and small numbers."""
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1, 2], [0.001, 0.0025, 0.004], "o-", label="a < b & c")
    left.plot([0, 1, 2], [0.0034567, 0.002, 0.001], label="'quoted'")
    left.set(title="rate 0.12345", ylim=(0, 0.005), yticks=[0, 0.001, 0.0025], xlabel="epoch")
    left.legend()
    right.imshow(np.arange(12).reshape(3, 4))
    return figure


@pytest.fixture
def shown(notebook):
    """Show a figure in a notebook; returns its element and its source."""

    def show(figure, **words):
        answer = notebook("fbm.show(figure, **words)", figure=figure, words={"alt": ALT} | words)
        assert answer.error is None
        page = answer.outputs[0]["text/html"]
        return ElementTree.fromstring(page), page

    return show


def test_a_figure_is_one_inline_svg_with_its_words(shown):
    element, page = shown(drawing(), caption="They cross & part.")
    assert (element.tag, element.get("class")) == ("figure", "fbm-figure")
    svg = element.find(f".//{SVG}svg")
    assert (svg.get("role"), svg.get("aria-label")) == ("img", ALT)
    assert element.find("figcaption").text == "They cross & part."
    assert not re.search(r"<style|<script|<metadata|<!--|<\?xml|<!DOCTYPE", page)
    assert "http" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert plt.get_fignums() == []


def test_without_a_caption_there_is_none(shown):
    assert shown(drawing())[0].find("figcaption") is None


def test_every_id_is_unique_and_used_and_every_reference_arrives(shown):
    element, page = shown(drawing())
    ids = [node.get("id") for node in element.iter() if node.get("id")]
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
    assert ids and len(ids) == len(set(ids))
    assert {a or b for a, b in used} == set(ids)


def test_a_last_bit_of_the_layout_changes_nothing_and_what_is_seen_changes_the_ids(shown):
    def placed(left):
        figure = plt.figure(figsize=(3, 2), layout="none")
        figure.add_axes([left, 0.2, 0.6, 0.6]).plot([0, 1], [0, 1], marker="o")
        return shown(figure)[1]

    stored, nudged, moved = map(placed, (0.2, 0.2 + 1e-12, 0.25))
    ids = [set(re.findall(r' id="([^"]+)"', page)) for page in (stored, moved)]
    assert stored == nudged
    assert all(ids) and ids[0].isdisjoint(ids[1])  # two figures with the same words on one page


def test_every_color_is_a_variable_of_the_page(shown):
    _, page = shown(drawing())
    for variable in ("--fbm-ink", "--fbm-muted", "--fbm-c0", "--fbm-c1"):
        assert f"var({variable}," in page
    bare = re.sub(r"var\(--fbm-\w+,[^)]*\)", "", page)
    assert not re.search(r"#[0-9a-fA-F]{6}\b", re.sub(r'href="[^"]*"', "", bare))
    for stand_in in (plots.INK, plots.GROUND):
        assert stand_in not in page


def test_words_and_numbers_stay_text_digit_for_digit(shown):
    element, _ = shown(drawing())
    texts = {text.text for text in element.iter(f"{SVG}text")}
    assert {"a < b & c", "'quoted'", "rate 0.12345", "epoch", "0.0010", "0.0025"} <= texts


def test_coordinates_have_no_more_digits_than_are_seen(shown):
    _, page = shown(drawing())
    tags = " ".join(re.findall(r"<[^>]*>", re.sub(r'href="data:[^"]*"|aria-label="[^"]*"', "", page)))
    assert re.search(r"\d\.\d\d\b", tags) and not re.search(r"\d\.\d{3,}", tags)


def test_the_same_figure_is_the_same_to_the_byte(shown):
    assert shown(drawing())[1] == shown(drawing())[1]


@pytest.mark.parametrize("alt", ["", "A plot", "Figure of the accuracies"[:-14]])
def test_words_that_do_not_say_what_is_seen_are_refused(alt):
    with pytest.raises(ValueError, match=f"alt: expected a sentence that says what is to be seen, got '{alt}'"):
        fbm.show(drawing(), alt=alt)
    plt.close("all")


def test_outside_a_notebook_the_words_are_printed(capsys):
    fbm.show(drawing(), alt=ALT, caption="Seen?")
    assert capsys.readouterr().out == f"Figure: {ALT}\nSeen?\n"


# ---- kinds of figures


def count(element, tag):
    """Return how many elements of this name there are."""
    return len(list(element.iter(f"{SVG}{tag}")))


@pytest.mark.parametrize("shape", [(7, 5, 6), (7, 1, 5, 6), (7, 3, 5, 6)])
def test_pictures_draws_each_image_in_rows(shown, shape):
    figure = fbm.pictures(torch.rand(shape), columns=3)
    assert len(figure.axes) == 9
    assert count(shown(figure)[0], "image") == 7


def test_pictures_share_a_scale():
    figure = fbm.pictures(torch.tensor([[[-1.0, 0.0]], [[0.0, 3.0]]]), columns=2)
    assert [ax.images[0].get_clim() for ax in figure.axes] == [(-1, 3)] * 2
    plt.close(figure)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], r"images: expected some of shape \(H, W\), .* got none"),
        (torch.zeros(2, 2, 5, 5), r"images: expected some of shape \(H, W\), .* got {\(2, 5, 5\)}"),
        (torch.zeros(9), r"images: expected some of shape .* got {\(\)}"),
    ],
)
def test_what_is_no_picture_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        fbm.pictures(images)


def test_strips_draws_a_dot_for_each_seed_a_bar_at_the_mean_and_named_lines(shown):
    values = {f"variant {i}": [0.1 * i, 0.1 * i + 0.05, 0.1 * i + 0.1] for i in range(8)}
    figure = fbm.strips(values, label="test accuracy", floor=("chance", 0.1), ceiling=("all data", 0.95))
    ax = figure.axes[0]
    dots, bars = ax.lines[0:16:2], ax.lines[1:16:2]
    assert [list(dot.get_xdata()) for dot in dots] == list(values.values())
    assert [bar.get_xdata()[0] for bar in bars] == pytest.approx([np.mean(v) for v in values.values()])
    assert ax.get_xlim() == (0, 1)
    element, _ = shown(figure)
    assert count(element, "use") >= 24  # markers; ticks come on top
    texts = {text.text for text in element.iter(f"{SVG}text")}
    assert {*values, "chance", "all data", "test accuracy"} <= texts


def heights(column, **options):
    """Return where strips draws the dots of a row, above and below its middle."""
    figure = fbm.strips({"a": column}, label="accuracy", **options)
    plt.close(figure)
    return figure.axes[0].lines[0].get_ydata()


@pytest.mark.parametrize("count", [2, 3, 5, 9])
def test_dots_that_coincide_stand_side_by_side_around_their_row(count):
    drawn = heights([0.5] * count)
    assert drawn.tolist() == heights([0.5] * count).tolist()
    assert np.diff(drawn).min() > 0 and drawn + drawn[::-1] == pytest.approx(np.zeros(count))
    assert np.abs(drawn).max() <= 0.35  # and not in the next row


def test_dots_that_are_apart_stand_on_their_row():
    assert heights([0.5, 0.1, 0.9]).tolist() == [0, 0, 0]
    assert heights([0.50, 0.51]).tolist() == heights([50, 51], limits=(0, 100)).tolist() == [-0.11, 0.11]
    assert heights([50, 51], limits=(40, 60)).tolist() == [0, 0]


def test_a_chain_of_dots_takes_no_more_lanes_than_it_needs():
    assert heights([0.500, 0.530, 0.515, 0.545]).tolist() == [-0.11, -0.11, 0.11, 0.11]


def test_the_muted_color_of_lessons_is_that_of_the_page(shown):
    figure, ax = plt.subplots()
    ax.axhline(0.5, color=fbm.MUTED, linewidth=7)
    _, page = shown(figure)
    assert re.search(r"stroke: var\(--fbm-muted,#767677\); stroke-width: 7", page)


def test_series_draws_every_variant_as_a_named_line_in_a_band_over_the_seeds(shown):
    curves = {f"variant {i}": np.arange(12).reshape(3, 4) + i for i in range(8)}  # more than there are colors
    figure, ax = plt.subplots()
    plots.series(ax, range(4), curves)
    assert len(ax.lines) == len(ax.collections) == 8
    for index, (line, band) in enumerate(zip(ax.lines, ax.collections, strict=True)):
        assert list(line.get_ydata()) == [4 + index, 5 + index, 6 + index, 7 + index]
        heights = band.get_paths()[0].vertices[:, 1]
        assert (heights.min(), heights.max()) == (index, 11 + index)
    texts = [text.text for text in shown(figure)[0].iter(f"{SVG}text")]
    assert set(curves) <= set(texts)


def test_glue_keeps_a_value_where_the_book_looks_for_it(notebook):
    answer = notebook("fbm.glue('cnn-accuracy', 0.87)")
    hidden = "application/papermill.record/"
    assert answer.outputs == [{f"{hidden}text/plain": "0.87"}]
    assert answer.metadata == [{"scrapbook": {"mime_prefix": hidden, "name": "cnn-accuracy"}}]
