"""What the tools write on pages in words, by the language of the book: an edition in another language adds a class.

What lessons print they say themselves, by `fbm_helpers`.
"""

from typing import ClassVar


class English:
    """The words of the site's pages. Braces are filled in."""

    every_lesson = "Used in every lesson."
    used_in = "Used in: {lessons}."
    comma = ", "
    conjunction = " and "

    scoreboard = "{claims} claims in {lessons} lessons; {held} held in the last execution."
    measured_in = "Measured in "
    gained = "{unit}: {old} → {new} ({before} → {after})"

    executions = "{lessons} lessons, {seconds:.0f} seconds in all, on {processors}, with {versions}."
    executed_head = ("Lesson", "Executed", "Seconds", "Claims")
    exact = (
        "Outputs, other than durations, were compared to the last digit with the stored ones, which the lessons show. "
    )
    elsewhere = (
        "The stored outputs, which the lessons show, are of another arithmetic. Words, kinds of outputs and claims were "
        "compared with them, and numbers within what seeds do. "
    )
    none_differ = "None differ."
    differs = " differs in code cells {cells}. "
    portable = (
        "What these processors computed to the same digits, and when (make portable): all kinds of computation that lessons "
        "consist of, and whole lessons."
    )
    portable_head = ("Processor", "Kinds of computation", "Lessons")
    all_kinds = "all {kinds} ({date})"
    soak = (
        "Before publication every lesson is executed under many sets of seeds that were not used while it was written (make "
        "soak). A margin is the distance of a measured value from the claim's threshold, in the unit of the claim; here is "
        "the smallest over all sets. Alarms are sets of seeds that a machine with another arithmetic would have taken for a "
        "fault."
    )
    soak_head = ("Lesson", "Sets of seeds", "Claims that always held", "Thinnest margin", "Alarms")
    not_soaked = "none since its code changed"
    soaked_until = "{seeds}, until {until}"
    out_of = "{part} of {whole}"
    measurements = (
        "What takes too long for a lesson is measured by scripts (make measure), whose records lessons quote."
    )
    measurements_head = ("Measurement", "Measured", "Processor", "Its script")
    same, changed = "the same", "changed since"

    # A lesson's sections that are asked for by name, and the headings of its exercises.
    questions = "Questions an interviewer asks"
    sections: ClassVar = ["A bug you will meet", "What this does not show", questions, "Exercises", "Further reading"]
    exercise = "Exercise"

    codes = "Codes"
    version = "Version {name}, of {date}."
    with_changes = ", with changes"
    about = "About this book"
    part = "Part {number}"
    solution, solutions, on_page = "Solution", "Solutions", ", page "
    pdf_facts = "{pages} pages, {megabytes:.0f} MB"

    equation_link = "Link to this equation"
    sidebar = "Book"
    whole_book = "Download the whole book as one PDF"
    # In lessons a hidden cell is a solution, hidden input is code beside the point, and a hidden output is what was to be
    # predicted.
    folds: ClassVar = {
        "Show content": "Show the solution",
        "Hide content": "Hide the solution",
        "Show source": "Show the code",
        "Hide source": "Hide the code",
        "Show output": "I wrote mine down: show the result",
        "Hide output": "Hide the result",
    }


WORDS = {"en": English}


def words(language: str) -> type[English]:
    """Return the words in a language.

    Parameters
    ----------
    language : str
        As `tools.book.contents.language` returns it.

    Returns
    -------
    type
        A class with the attributes of `English`.

    Raises
    ------
    ValueError
        If there are none.
    """
    if language not in WORDS:
        raise ValueError(f"tools/book/words.py has no words in {language!r}; there are: {', '.join(WORDS)}")
    return WORDS[language]
