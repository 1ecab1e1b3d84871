"""Sphinx extension of the book: live widgets on static pages, and nothing fetched from elsewhere."""

from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import convnet.widgets


class WidgetDirective(SphinxDirective):
    """Place a widget: ``{widget} six-by-six``; a reader without scripts is told what is missing."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Return the widget's element with its module inside, so that it also works from a file."""
        name = self.arguments[0]
        module = Path(convnet.widgets.__file__).parent / f"{name.replace('-', '_')}.js"
        if not module.exists():
            raise self.error(f"widget {name!r} is unknown: there is no {module.name}")
        self.env.note_dependency(str(module))
        return [nodes.raw("", convnet.widgets.element(name), format="html")]


def clean_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Drop scripts that call other hosts or throw without them: thebe, and require.js."""
    unwanted = ("thebe", "require.min.js", "require.js")
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if not any(word in str(getattr(script, "filename", script)) for word in unwanted)
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the clean-up with Sphinx."""
    app.add_directive("widget", WidgetDirective)
    app.connect("html-page-context", clean_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
