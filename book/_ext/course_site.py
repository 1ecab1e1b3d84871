"""Sphinx extension of the book: live widgets on static pages, nothing fetched from elsewhere."""

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


def clean_page(*event: Any) -> None:
    """Drop scripts that call other hosts or throw without them: thebe, and require.js."""
    context: dict[str, Any] = event[3]  # Sphinx passes app, page, template, context, doctree
    unwanted = ("thebe", "require.min.js", "require.js")

    def wanted(script: object) -> bool:
        inline = getattr(script, "attributes", {}).get("body", "")
        text = f"{getattr(script, 'filename', script)} {inline}"
        return not any(word in text for word in unwanted)

    context["script_files"] = [s for s in context.get("script_files", []) if wanted(s)]
    context["default_mode"] = "auto"  # the theme logs an error where it is missing


def one_search_bar(_: Sphinx, config: Any) -> None:
    """Keep the sidebar's search; this pair of themes would show a second one above it."""
    config.html_theme_options = {
        **config.html_theme_options,
        "navbar_persistent": [],
        "navbar_end": [],
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the clean-up with Sphinx."""
    app.add_directive("widget", WidgetDirective)
    app.connect("config-inited", one_search_bar)
    app.connect("html-page-context", clean_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
