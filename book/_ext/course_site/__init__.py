"""Sphinx extension of the book: widgets, quizzes, exercises, and pages that fetch nothing."""

from typing import Any

from sphinx.application import Sphinx

from course_site import (
    bundle,
    clean,
    embedded,
    exercise,
    figures,
    formulas,
    notebook,
    pages,
    quiz,
    report,
    share,
    tag,
    terms,
    trim,
    widget,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part with Sphinx."""
    app.setup_extension("sphinx_exercise")  # its directives and nodes are extended below
    parts = (
        tag,
        widget,
        quiz,
        exercise,
        figures,
        pages,
        report,
        terms,
        notebook,
        clean,
        embedded,
        formulas,
        trim,
        bundle,
        share,
    )
    for part in parts:
        part.setup(app)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
