"""Values of measurements stand in prose, and an unknown one stops the site."""

from tests.miniature import write_measurement

from .conftest import prose


def test_a_measured_value_stands_in_prose_and_follows_its_record(book, build):
    write_measurement(book.folder, "long", {"best": {"BatchNorm": 0.625}})
    book.add_lesson("part/other", prose("# Other\n\nIt reaches {measurement}`long/best/BatchNorm:.2f`.\n"))
    for best, shown in ((0.625, "0.62"), (0.75, "0.75")):
        write_measurement(book.folder, "long", {"best": {"BatchNorm": best}})
        failure, said = build()
        assert not failure, said
        assert f"It reaches {shown}." in book.page("lessons/part/other")


def test_an_unknown_value_stops_the_site_and_names_what_there_is(book, build):
    write_measurement(book.folder, "long", {"best": {"BatchNorm": 0.625}})
    book.add_lesson("part/other", prose("# Other\n\nIt reaches {measurement}`long/best/He`.\n"))
    failure, said = build()
    assert failure and "long/best/He: no 'He'; there is: BatchNorm" in failure + said
