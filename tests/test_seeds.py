"""On a machine with other arithmetic, numbers may be what seeds make of them, and all else must be as it is stored."""

import pytest
from nbformat.v4 import new_code_cell, new_output

from tools.execute import seeds


def cell(*texts):
    """A cell that prints the first text, and displays each further one beside a drawing."""
    outputs = [new_output("stream", name="stdout", text=texts[0])]
    outputs += [new_output("display_data", {"text/plain": t, "text/html": "<svg>1</svg>"}) for t in texts[1:]]
    return new_code_cell("1", outputs=outputs)


STORED = cell("accuracy 0.90 after 3 epochs", "from 1e-12 to 4.0")


def known(*others, stored=STORED):
    """What is known of a book of one cell after other sets of seeds."""
    cells = {}
    for other in others:
        cells = seeds.join(cells, [seeds.read(stored)], [seeds.read(other)])
    return cells


def test_ranges_widen_with_every_set_of_seeds_and_start_from_the_stored_outputs():
    first = cell("accuracy 0.80 after 3 epochs", "from 1e-12 to 4.0")
    second = cell("accuracy 0.95 after 3 epochs", "from 3e-12 to 4.0")
    assert known(first) == {"1": [[0.8, 0.9], [3, 3], [1e-12, 1e-12], [4, 4]]}
    assert known(first, second) == {"1": [[0.8, 0.95], [3, 3], [1e-12, 3e-12], [4, 4]]}
    assert known(STORED) == {}


def test_a_cell_whose_words_change_with_the_seeds_is_known_as_such():
    assert known(cell("accuracy 0.80 after 3 epochs", "no limit"), STORED) == {"1": None}


def test_a_number_that_is_not_finite_under_some_seeds_may_be_anything():
    lost = cell("accuracy nan after 3 epochs", "from 1e-12 to 4.0")
    cells = known(lost, cell("accuracy 0.5 after 3 epochs", "from 1e-12 to 4.0"))
    assert cells["1"][0] is None
    assert compare(cell("accuracy 0.1 after 3 epochs", "from 1e-12 to 4.0"), cells) == []


def compare(fresh, cells):
    return seeds.differences([STORED], [fresh], cells).get(1, [])


@pytest.mark.parametrize(
    ("text", "more", "agrees"),
    [
        ("accuracy 0.90 after 3 epochs", "from 1e-12 to 4.0", True),
        ("accuracy 0.85 after 3 epochs", "from 1e-12 to 4.0", True),
        ("accuracy 0.61 after 3 epochs", "from 1e-12 to 4.0", True),  # one range and a tenth of the size below
        ("accuracy 0.60 after 3 epochs", "from 1e-12 to 4.0", True),  # and one digit more
        ("accuracy 0.59 after 3 epochs", "from 1e-12 to 4.0", False),
        ("accuracy nan after 3 epochs", "from 1e-12 to 4.0", False),
        ("accuracy 0.90 after 4 epochs", "from 1e-12 to 4.0", True),  # printed without a point, by a last digit
        ("accuracy 0.90 after 5 epochs", "from 1e-12 to 4.0", False),
        ("accuracy 0.90 after 3 epochs", "from 9e-9 to 4.0", True),  # rounding, all of them
        ("accuracy 0.90 after 3 epochs", "from 3e-5 to 4.0", False),
        ("accuracy 0.90 after 3 steps", "from 1e-12 to 4.0", False),
        ("accuracy 0.90 after 3 epochs, 1", "from 1e-12 to 4.0", False),
    ],
)
def test_numbers_stay_in_the_widened_range_and_words_stay(text, more, agrees):
    cells = known(cell("accuracy 0.80 after 3 epochs", "from 1e-12 to 4.0"))
    assert (compare(cell(text, more), cells) == []) is agrees


def test_of_many_numbers_a_few_may_be_strangers():
    def told(strangers):
        return cell("0.9 " * strangers + "0.5 " * (100 - strangers))

    cells = known(cell("0.4 " * 100), stored=told(0))
    assert seeds.differences([told(0)], [told(3)], cells) == {}
    assert len(seeds.differences([told(0)], [told(4)], cells)[1]) == 4


def test_a_difference_says_what_seeds_give():
    (said,) = compare(
        cell("accuracy 0.10 after 3 epochs", "from 1e-12 to 4.0"),
        known(cell("accuracy 0.80 after 3 epochs", "from 1e-12 to 4.0")),
    )
    assert said == "stored 0.90, came 0.10; seeds give 0.8 to 0.9, after 'accuracy'"


def test_what_no_seed_changes_is_compared_exactly():
    (said,) = compare(cell("accuracy 0.91 after 3 epochs", "from 1e-12 to 4.0"), {})
    assert said.startswith("stored 0.90, came 0.91")


def test_errors_of_rounding_are_all_alike():
    assert compare(cell("accuracy 0.90 after 3 epochs", "from 9e-13 to 4.0"), {}) == []
    assert compare(cell("accuracy 0.90 after 3 epochs", "from 9e-5 to 4.0"), {})


def test_an_output_more_or_less_differs_whatever_seeds_do():
    assert compare(cell("accuracy 0.90 after 3 epochs"), {"1": None})


def test_of_a_timing_only_the_kinds_of_outputs_count():
    stored, fresh, longer = cell("3 s"), cell("4 s"), cell("3 s", "more")
    for timing in (stored, fresh, longer):
        timing.metadata.tags = ["timing"]
    assert seeds.differences([stored], [fresh], {}) == {}
    assert seeds.differences([longer], [fresh], {})
    assert known(fresh, stored=stored) == {}


def test_drawings_are_not_compared():
    other = cell("accuracy 0.90 after 3 epochs", "from 1e-12 to 4.0")
    other.outputs[1].data["text/html"] = "<svg>2</svg>"
    assert compare(other, {}) == []


def test_alarms_are_counted_by_comparing_each_set_with_the_others():
    def told(value):
        return [seeds.read(new_code_cell("", outputs=[new_output("stream", name="stdout", text=f"{value:.2f}")]))]

    usual = [told(0.5 + i / 100) for i in range(10)]
    assert seeds.alarms(told(0.5), usual) == 0
    assert seeds.alarms(told(0.5), [*usual, told(0.9)]) == 1
