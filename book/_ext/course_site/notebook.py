"""Every page with code as a notebook: to download, or to open in Colab, Binder or JupyterHub.

A notebook knows no directives. Widgets become cells, questions and solutions become text that opens
on demand, roles become plain words. The first cell installs what the notebook imports.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml
from sphinx.application import Sphinx

from convnet.widgets import notebook as widgets

_OPEN = re.compile(r"^\s*(`{3,}|:{3,})\s*\{([\w:-]+)\}\s*(.*)$")
_OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
_ANSWER = re.compile(r"^- \[([ xX])\]\s*(.*)$")
_LABEL = re.compile(r"^\$\$\s*\([\w-]+\)\s*$")
CELL = "\0cell\0"  # separates text from the code that a directive becomes


@dataclass
class Block:
    """One directive: its name, what follows the name, its options, and its body's lines."""

    name: str
    argument: str
    options: dict[str, str]
    body: list[str]


def read_block(
    lines: list[str], begin: int, fence: str, name: str, argument: str
) -> tuple[Block, int]:
    """Read a directive from the line after its opening; return it and the line after its end."""
    end = begin
    close = re.compile(rf"^\s*{re.escape(fence)}\s*$")
    while end < len(lines) and not close.match(lines[end]):
        end += 1
    body, options = lines[begin:end], {}
    while body and (found := _OPTION.match(body[0])):
        options[found[1]] = found[2]
        body = body[1:]
    return Block(name, argument, options, body), end + 1


def converted(lines: list[str]) -> Iterator[str]:
    """Return Markdown lines that a notebook shows, for lines that hold directives."""
    place = 0
    while place < len(lines):
        opening = _OPEN.match(lines[place])
        if not opening:
            yield plain(lines[place])
            place += 1
            continue
        block, place = read_block(lines, place + 1, opening[1], opening[2], opening[3])
        yield from DIRECTIVES.get(block.name, as_text)(block)


ROLES: dict[str, Callable[[str], str]] = {
    "math": lambda words: f"${words}$",
    "eq": lambda words: f"*({words})*",
    "glue": lambda words: f"`{words}`",
    "index": lambda _: "",
}


def plain(line: str) -> str:
    """Return a line without roles, targets and equation labels."""
    if re.match(r"^\([\w-]+\)=\s*$", line):
        return ""
    line = _LABEL.sub("$$", line)

    def role(found: re.Match[str]) -> str:
        name, words = found[1].strip(":"), found[2]
        titled = re.match(r"(.*?)\s*<[^>]*>$", words, re.DOTALL)
        if name.startswith("cite"):
            return f"[{words}]"
        return ROLES.get(name, lambda w: f"*{w}*")(titled[1] if titled else words)

    return re.sub(r"\{([\w:]+)\}`([^`]*)`", role, line)


def as_text(block: Block) -> Iterator[str]:
    """Return an admonition, or any directive without a form of its own, as its text."""
    if block.argument:
        yield f"**{plain(block.argument)}**"
        yield ""
    yield from converted(block.body)


def as_nothing(_: Block) -> Iterator[str]:
    """Leave out what only the site shows: its contents, its index, its bibliography."""
    yield ""


def as_widget(block: Block) -> Iterator[str]:
    """Return a cell that shows the live figure."""
    classes = {kind.name: kind.__name__ for kind in widgets.CourseWidget.__subclasses__()}
    kind = classes.get(block.argument.strip())
    if kind is None:
        yield f"*The live figure {block.argument} is on the book's page.*"
        return
    state = yaml.safe_load("\n".join(block.body)) or {}
    arguments = ", ".join(f"{key}={value!r}" for key, value in state.items())
    yield f"{CELL}from convnet.widgets.notebook import {kind}\n\n{kind}({arguments}){CELL}"


def as_math(block: Block) -> Iterator[str]:
    """Return a display formula."""
    yield from ["$$", *block.body, "$$"]


def as_details(title: str, lines: list[str]) -> Iterator[str]:
    """Return lines that open on demand."""
    yield from ["", f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]


def as_quiz(block: Block) -> Iterator[str]:
    """Return a question with its answers, and which is right below a closed summary."""
    asked = []
    for line in block.body:
        found = _ANSWER.match(line)
        asked.append(f"- {found[2]}" if found else line)
    shown = [a for a in asked if a.startswith("- ") or not a.startswith("  ")]
    if block.options.get("kind") == "numeric":
        shown = [a for a in shown if not a.startswith("- ")]
    told = [
        _ANSWER.sub(lambda m: f"- **{'Wrong' if m[1] == ' ' else 'Right'}:** {m[2]}", line)
        for line in block.body
    ]
    first = next((k for k, line in enumerate(told) if re.match(r"- |1\. ", line)), 0)
    yield from converted(["**Question.** " + shown[0], *shown[1:]])
    yield from as_details("Answer", list(converted(told[first:])))


def as_exercise(block: Block) -> Iterator[str]:
    """Return an exercise under its title."""
    facts = [f"level {block.options['difficulty']} of 3"] if "difficulty" in block.options else []
    facts += [f"{block.options['minutes']} minutes"] if "minutes" in block.options else []
    title = f"Exercise: {plain(block.argument)}" if block.argument else "Exercise"
    yield from [f"### {title}", "", f"*{', '.join(facts)}*" if facts else "", ""]
    yield from converted(block.body)


def as_solution(_: Block) -> Iterator[str]:
    """Return the title of a solution, whose cells follow."""
    yield from ["", "#### Solution", ""]


def as_source(block: Block) -> Iterator[str]:
    """Return where an included file's text is found."""
    yield f"*The page shows this part of `{Path(block.argument).name}` here.*"


DIRECTIVES: dict[str, Callable[[Block], Iterator[str]]] = {
    "widget": as_widget,
    "quiz": as_quiz,
    "exercise": as_exercise,
    "exercise-start": as_exercise,
    "exercise-end": as_nothing,
    "hint": lambda block: as_details("Hint", list(converted(block.body))),
    "solution-start": as_solution,
    "solution-end": as_nothing,
    "math": as_math,
    "literalinclude": as_source,
    "tableofcontents": as_nothing,
    "bibliography": as_nothing,
    "index": as_nothing,
}

NO_GLUE = """\
def glue(name, value, display=False):
    \"""Put a number into the text of the book's page; a notebook has no use for it.\"""

"""
INSTALL = """\
# Install what this notebook imports, where it is missing: on Colab, for example.
import importlib.util

if importlib.util.find_spec("convnet") is None:
    {install}"""


def first_cell(package: str) -> str:
    """Return the cell that installs the package, or says how to where no address is configured."""
    if package:
        return INSTALL.format(install=f"%pip install --quiet {json.dumps(package)}")
    said = "install the course first: in a copy of its repository, run make setup"
    return INSTALL.format(install=f'raise ModuleNotFoundError("{said}")')


def to_notebook(text: str, package: str) -> Any:
    """Return a MyST page as a notebook without outputs."""
    page: Any = jupytext.reads(text, fmt="md:myst")
    cells = [nbformat.v4.new_code_cell(first_cell(package))]
    for cell in page.cells:
        if cell.cell_type != "markdown":
            code = cell.source.replace("from myst_nb import glue\n", NO_GLUE).strip()
            cells += [nbformat.v4.new_code_cell(code)] if code else []
            continue
        for number, part in enumerate("\n".join(converted(cell.source.split("\n"))).split(CELL)):
            make = nbformat.v4.new_code_cell if number % 2 else nbformat.v4.new_markdown_cell
            cells += [make(part.strip())] if part.strip() else []
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # the same page gives the same notebook
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


def has_code(app: Sphinx, page: str) -> bool:
    """Return whether a page is a notebook in MyST."""
    source = Path(app.env.doc2path(page)) if page in app.env.found_docs else None
    return bool(source and source.suffix == ".md" and "\nkernelspec:" in source.read_text("utf-8"))


def write_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Write a notebook for every page with code into the site's folder notebooks/."""
    if error:
        return
    for page in sorted(app.env.found_docs):
        if has_code(app, page):
            path = Path(app.outdir) / "notebooks" / f"{page}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = Path(app.env.doc2path(page)).read_text("utf-8")
            made = to_notebook(text, app.config.course_package)
            path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")


def add_buttons(*event: Any) -> None:
    """Put the notebook before the source among a page's downloads; add where it can be opened."""
    app, page, _, context, _ = event
    groups = context.get("header_buttons") or []
    if not has_code(app, page):
        return
    depth = "../" * page.count("/")
    for group in groups:
        if group.get("label") == "download-buttons":
            group["buttons"].insert(0, link(f"{depth}notebooks/{page}.ipynb", ".ipynb", "Notebook"))
    places = {name: url for name, url in app.config.course_launch.items() if url}
    if places:
        buttons = [link(url.format(page=page), name, name) for name, url in places.items()]
        launch = {"type": "group", "tooltip": "Open this page elsewhere", "icon": "fas fa-rocket"}
        groups.insert(0, {**launch, "buttons": buttons, "label": "launch-buttons"})


def link(url: str, words: str, about: str) -> dict[str, str]:
    """Return one entry of a group of buttons."""
    label = f"download-{about.lower()}-button"
    icon = "fas fa-file-code"
    return {
        "type": "link",
        "url": url,
        "text": words,
        "tooltip": about,
        "icon": icon,
        "label": label,
    }


def setup(app: Sphinx) -> None:
    """Register the settings; write notebooks at the end of a build."""
    app.add_config_value("course_package", "", "html", [str])
    app.add_config_value("course_launch", {}, "html", [dict])
    app.connect("html-page-context", add_buttons, priority=900)
    app.connect("build-finished", write_notebooks)
