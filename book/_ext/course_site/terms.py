"""The index at the end of the book: ``{course-index}`` lists every term and where it is treated.

Terms are those of the glossary and those of ``{index}`` on any page. Sphinx's own index is a page
apart, which has no place in the table of contents and is not printed; this one is in both.
"""

import re
from collections import defaultdict
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

GLOSSARY = "book/glossary"
Places = dict[str, dict[str, str]]  # term: page: the place on the page where it is first treated


class Terms(nodes.General, nodes.Element):
    """Stands for the index until every page has been read."""


class CourseIndex(SphinxDirective):
    """Place the index."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder; other pages' terms are not known yet."""
        self.env.note_reread()  # a term that is added anywhere belongs in here
        return [Terms()]


def collect(entries: dict[str, list[tuple[str, ...]]], pages: list[str]) -> Places:
    """Return every term with its places, pages in the book's order."""
    found: Places = defaultdict(dict)
    for page in pages:
        for kind, value, place, *_ in entries.get(page, []):
            if kind != "single":
                raise ValueError(
                    f"{page} has the index entry {kind}: {value}, but this index knows only single "
                    "terms; write {index} with terms separated by commas"
                )
            found[value].setdefault(page, place)
    return found


def reading_order(app: Sphinx) -> list[str]:
    """Return every page, in the order of the table of contents."""
    included: dict[str, list[str]] = app.env.toctree_includes
    order: list[str] = []

    def walk(page: str) -> None:
        if page not in order:
            order.append(page)
            for below in included.get(page, []):
                walk(below)

    walk(app.config.root_doc)
    return [page for page in order if page in app.env.titles]


def letter(term: str) -> str:
    """Return the heading that a term stands under: its first letter."""
    first = re.sub(r"[^A-Za-z0-9]", "", term)[:1].upper()
    return first if first.isalpha() else "0–9"


def link(app: Sphinx, here: str, page: str, place: str) -> nodes.reference:
    """Return a link to a place, named by its page's title."""
    address = app.builder.get_relative_uri(here, page) + f"#{place}"
    title = "Glossary" if page == GLOSSARY else app.env.titles[page].astext()
    return nodes.reference("", title, internal=True, refuri=address)


def line(app: Sphinx, here: str, term: str, places: dict[str, str]) -> nodes.list_item:
    """Return one term, then its pages, the glossary last."""
    words = nodes.paragraph("", "", nodes.strong("", term))
    for page in sorted(places, key=lambda page: page == GLOSSARY):
        words += nodes.Text(", ")
        words += link(app, here, page, places[page])
    return nodes.list_item("", words)


def fill_in(app: Sphinx, doctree: nodes.document, here: str) -> None:
    """Replace the placeholder by a list for each letter."""
    for placeholder in list(doctree.findall(Terms)):
        entries: Any = app.env.get_domain("index").data["entries"]
        found = collect(entries, reading_order(app))
        groups: dict[str, list[str]] = defaultdict(list)
        for term in sorted(found, key=str.casefold):
            groups[letter(term)].append(term)
        made: list[nodes.Node] = []
        for name, terms in sorted(groups.items()):
            made.append(nodes.rubric("", name))
            lines = [line(app, here, term, found[term]) for term in terms]
            made.append(nodes.bullet_list("", *lines, classes=["course-index"]))
        placeholder.replace_self(made or nodes.paragraph("", "No page has a term yet."))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(Terms)
    app.add_directive("course-index", CourseIndex)
    app.connect("doctree-resolved", fill_in)
