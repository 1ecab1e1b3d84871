"""Exercises with level, minutes and staged hints; solutions that stay closed.

sphinx-exercise numbers exercises and gathers ``solution-start`` to ``solution-end``, code cells
included. This module adds what it lacks, and writes solutions and hints as ``<details>``: they
open by keyboard, without scripts, and by the print style sheet.
"""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.directive import ExerciseDirective, ExerciseStartDirective
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from course_site.tag import Tag, tag, text

LEVELS = {1: "direct", 2: "needs thought", 3: "demanding"}


def level(words: str) -> int:
    """Read the option ``difficulty``."""
    if words.strip() not in {"1", "2", "3"}:
        raise ValueError(f"difficulty is {words!r}, but needs to be 1, 2 or 3")
    return int(words)


def facts(options: dict[str, Any]) -> list[Tag]:
    """Return the line below an exercise's title: how hard, how long."""
    words = []
    if "difficulty" in options:
        words.append(f"Level {options['difficulty']} of 3, {LEVELS[options['difficulty']]}")
    if "minutes" in options:
        minutes = options["minutes"]
        words.append(f"{minutes} minute{'s' * (minutes != 1)}")
    if not words:
        return []
    level_name = str(options.get("difficulty", 0))
    return [tag("p", text(" · ".join(words)), class_="exercise-facts", data_level=level_name)]


def extended(base: type[ExerciseDirective]) -> type[ExerciseDirective]:
    """Return sphinx-exercise's directive with the options ``difficulty`` and ``minutes``."""

    class Extended(base):  # type: ignore[misc, valid-type]
        option_spec: ClassVar[dict[str, Any]] = {
            **base.option_spec,
            "difficulty": level,
            "minutes": directives.positive_int,
        }

        def run(self) -> list[nodes.Node]:
            """Insert the facts below the title and number the hints."""
            found: list[nodes.Node] = super().run()
            for node in found:
                node[1].insert(0, facts(self.options))
            return found

    return Extended


class HintDirective(SphinxDirective):
    """A closed hint; within one exercise hints are numbered and open one after another."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a closed element with the hint's text."""
        self.assert_has_content()
        summary = tag("summary", text("Hint"))
        return [tag("details", summary, *self.parse_content_to_nodes(), class_="hint")]


class FinishExercises(SphinxPostTransform):
    """Number hints, close solutions, and drop the section ids that every exercise shares."""

    default_priority = 30  # after sphinx-exercise has written its titles, at 20 and 21

    def run(self, **_: Any) -> None:
        """Change the document in place."""
        for kind in (exercise_node, exercise_enumerable_node, solution_node):
            for node in list(self.document.findall(kind)):
                self.unwrap(node)
                if kind is solution_node:
                    node.replace_self(closed(node))
                else:
                    number_hints(node)

    def unwrap(self, node: nodes.Element) -> None:
        """Replace the content's section, whose id would repeat, by its children."""
        content = node[-1]
        if isinstance(content, nodes.section):
            node.remove(content)
            node.extend(content.children)


def closed(node: nodes.Element) -> Tag:
    """Return a solution as an element that opens on demand; its title holds no link."""
    title, body = node.children[0], node.children[1:]
    words: list[nodes.Node] = []
    for child in title.children:
        parts = child.children if isinstance(child, nodes.reference) else [child]
        words.extend(part.deepcopy() for part in parts)
    return tag("details", tag("summary", *words), *body, id=node["ids"][0], class_="solution")


def number_hints(node: nodes.Element) -> None:
    """Write "Hint 1 of 3" where an exercise has several hints."""
    hints = [t for t in node.findall(Tag) if t["html"].get("class") == "hint"]
    for number, hint in enumerate(hints, start=1):
        words = f"Hint {number} of {len(hints)}" if len(hints) > 1 else "Hint"
        hint[0].children = []
        hint[0] += text(words)


def setup(app: Sphinx) -> None:
    """Replace sphinx-exercise's directives by the extended ones; add ``hint``."""
    app.add_directive("exercise", extended(ExerciseDirective), override=True)
    app.add_directive("exercise-start", extended(ExerciseStartDirective), override=True)
    app.add_directive("hint", HintDirective, override=True)
    app.add_post_transform(FinishExercises)
