"""What every page's frame needs: no script from elsewhere, one search bar."""

from typing import Any

from sphinx.application import Sphinx


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


def setup(app: Sphinx) -> None:
    """Connect the clean-up to Sphinx's events."""
    app.connect("config-inited", one_search_bar)
    app.connect("html-page-context", clean_page, priority=900)
