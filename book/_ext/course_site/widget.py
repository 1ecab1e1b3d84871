"""The directive ``{widget} convolution``: a live figure on a page without a kernel."""

from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from convnet.widgets import element, sources


class WidgetDirective(SphinxDirective):
    """Place a widget; the body, if any, names the traits that it opens on, as YAML."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the widget's element with its module inside, so that it also works from a file."""
        name = self.arguments[0]
        try:
            changes: dict[str, Any] = yaml.safe_load("\n".join(self.content)) or {}
            html = element(name, **changes)
        except (ValueError, OSError, yaml.YAMLError) as error:
            raise self.error(f"widget {name!r}: {error}") from error
        for path in sources(name):  # a page is built again when only its widget changed
            self.env.note_dependency(str(path))
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("widget", WidgetDirective)
