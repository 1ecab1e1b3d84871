"""What every page's frame says: its part of the book, a description, a card when shared."""

import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def unwanted(script: object) -> bool:
    """Return whether a script calls other hosts or throws without them: thebe, require.js."""
    inline = getattr(script, "attributes", {}).get("body", "")
    text = f"{getattr(script, 'filename', script)} {inline}"
    return any(word in text for word in ("thebe", "require.min.js", "require.js"))


def parts(app: Sphinx) -> dict[str, str]:
    """Return, for every page of a part, the part's caption."""
    site_map = getattr(app.env, "external_site_map", None)
    trees = site_map.root.subtrees if site_map else []
    return {str(item): tree.caption for tree in trees if tree.caption for item in tree.items}


def description(doctree: nodes.document | None) -> str:
    """Return the first paragraph's text, cut at a word."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree is not None else []
    for paragraph in paragraphs:
        words = " ".join(paragraph.astext().split())
        if len(words) > 40:
            return words if len(words) <= 200 else words[:197].rsplit(" ", 1)[0] + " …"
    return ""


def meta(name: str, content: str, key: str = "property") -> str:
    """Return one meta element."""
    return f'<meta {key}="{name}" content="{html.escape(content)}" />\n'


def card(app: Sphinx, page: str, title: str, said: str) -> str:
    """Return the elements from which other sites make a card; addresses need ``html_baseurl``."""
    base = app.config.html_baseurl.rstrip("/")
    tags = meta("description", said, "name") if said else ""
    tags += meta("og:type", "article") + meta("og:title", title)
    tags += meta("og:site_name", app.config.html_title or app.config.project)
    tags += meta("og:description", said) if said else ""
    if base:
        tags += meta("og:url", f"{base}/{page}.html")
    tags += meta("og:image", f"{base}/_static/card.png" if base else "/_static/card.png")
    tags += meta("og:image:alt", "The course's name beside a grid of cells with a window on it")
    return tags + meta("twitter:card", "summary_large_image", "name")


def frame(*event: Any) -> None:
    """Complete one page's context before its template is filled in."""
    app, page, _, context, doctree = event
    context["script_files"] = [s for s in context.get("script_files", []) if not unwanted(s)]
    context["default_mode"] = "auto"  # the theme logs an error where it is missing
    title = " ".join(nodes.unescape(context.get("title", "") or "").split())
    context["metatags"] = context.get("metatags", "") + card(
        app, page, title or app.config.project, description(doctree)
    )
    body = context.get("body", "")
    if page == app.config.root_doc:
        context["body"] = body.replace("<h1>", '<h1 class="course-title">', 1)
    caption = parts(app).get(page, "")
    if caption and "<h1>" in body:
        words = f'<p class="course-part">{html.escape(caption)}</p>\n'
        context["body"] = body.replace("<h1>", words + "<h1>", 1)


def theme_options(_: Sphinx, config: Any) -> None:
    """Keep the sidebar's search, as this pair of themes would show a second; name the book."""
    config.html_theme_options = {
        **config.html_theme_options,
        "navbar_persistent": [],
        "navbar_end": [],
        "logo": {"text": config.html_title or config.project},
    }


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("config-inited", theme_options)
    app.connect("html-page-context", frame, priority=900)
