"""A node that becomes one HTML element, so that directives compose HTML around parsed text."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


class Tag(nodes.General, nodes.Element):
    """An HTML element; its children are ordinary nodes: formulas and references keep working."""


def tag(name: str, /, *children: nodes.Node, **attributes: str) -> Tag:
    """Return the element ``name`` with children and attributes.

    ``class_`` and ``data_option`` are written as ``class`` and ``data-option``. A value of ""
    writes the attribute alone, as in ``<details open>``.
    """
    html = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    node = Tag("", *children, tagname=name, html=html)
    node["ids"] = [html.pop("id")] if "id" in html else []
    return node


def text(words: str) -> nodes.Text:
    """Return plain text as a node."""
    return nodes.Text(words)


def inline(paragraph: nodes.Node) -> list[nodes.Node]:
    """Return the contents of a paragraph, to be put where HTML allows no block."""
    return [child.deepcopy() for child in paragraph.children]


def _enter(writer: HTML5Translator, node: Tag) -> None:
    attributes = {key: (value or None) for key, value in node["html"].items()}
    writer.body.append(writer.starttag(node, node["tagname"], "", **attributes))


def _leave(writer: HTML5Translator, node: Tag) -> None:
    if node["tagname"] != "input":
        writer.body.append(f"</{node['tagname']}>\n")


def setup(app: Sphinx) -> None:
    """Register the node; the book has no other output than HTML."""
    app.add_node(Tag, html=(_enter, _leave))
