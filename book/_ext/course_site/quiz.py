"""The directive ``{quiz}``: one question that says why a wrong answer is wrong.

The body is Markdown: the question, then a list of answers, then, if wanted, a closing remark.
``book/_ext/README.md`` shows one of each kind. Without scripts, a closed element holds the
answer; with them, ``quiz.js`` checks, explains and remembers.
"""

import random
import re
import zlib
from dataclasses import dataclass, field
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_site.tag import Tag, inline, tag, text

KINDS = ("single", "multiple", "numeric", "order")
NUMBER = re.compile(r"^[-−+]?\d[\d_ ]*(\.\d+)?([eE][-−+]?\d+)?$|^[-−+]?\.\d+$")


@dataclass
class Answer:
    """One item of the list: what it says, whether it is right, and why or why not."""

    words: list[nodes.Node]
    right: bool
    why: list[nodes.Node]
    key: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        """Return the answer's text without markup."""
        return "".join(node.astext() for node in self.words).strip()


def read_answer(item: nodes.Node, marked: bool) -> Answer:
    """Read one list item: ``[x]`` or ``[ ]`` and the answer; the paragraphs below explain it."""
    if not item.children or not isinstance(item.children[0], nodes.paragraph):
        raise ValueError("an answer begins with a line of text")
    words = inline(item.children[0])
    why = [child.deepcopy() for child in item.children[1:]]
    if not marked:
        return Answer(words, True, why)
    box = words.pop(0)  # Markdown's task list makes of [x] a raw checkbox
    if not (isinstance(box, nodes.raw) and "checkbox" in box.astext()):
        raise ValueError(f"answer {item.astext()[:40]!r} begins with neither [x] nor [ ]")
    if words and isinstance(words[0], nodes.Text):
        words[0] = text(words[0].astext().lstrip())
    return Answer(words, "checked" in box.astext(), why)


def as_number(words: str) -> float:
    """Read a number as an author writes it: with a minus sign, or spaces between thousands."""
    if not NUMBER.match(words.strip()):
        raise ValueError(f"{words.strip()!r} is no number; write 12, -0.5 or 1.2e6")
    return float(re.sub(r"[ _]", "", words).replace("−", "-"))


def add_number(answer: Answer) -> None:
    """Split ``8 ± 0.01`` into value and tolerance; ``*`` stands for every other number."""
    value, _, tolerance = answer.plain.replace("+-", "±").partition("±")
    if value.strip() == "*":
        answer.facts = {"data_value": "*"}
        return
    width = as_number(tolerance) if tolerance else 1e-9 * max(1.0, abs(as_number(value)))
    answer.facts = {"data_value": repr(as_number(value)), "data_tolerance": repr(width)}


def kind_of(wanted: str | None, ordered: bool, answers: list[Answer]) -> str:
    """Return the kind of question: as asked for, or as the list's form says."""
    if wanted == "order" or (wanted is None and ordered):
        return "order"
    return wanted or ("single" if sum(a.right for a in answers) == 1 else "multiple")


def check(kind: str, ordered: bool, answers: list[Answer]) -> None:
    """Refuse a question that cannot be answered, or a wrong answer that teaches nothing."""
    rights = sum(a.right for a in answers)
    if kind == "order" and not ordered:
        raise ValueError("a question of kind order needs a numbered list, in the right order")
    if len(answers) < 2:
        raise ValueError("a question needs two answers or more")
    if kind == "single" and rights != 1:
        raise ValueError(f"a question of kind single needs one [x], but has {rights}")
    if rights == 0:
        raise ValueError("no answer is marked [x]")
    for answer in answers:
        if not answer.why and (kind == "order" or not answer.right):
            raise ValueError(f"{answer.plain!r} needs a paragraph below it that says why")
    if kind == "numeric" and not any(a.facts["data_value"] == "*" for a in answers):
        raise ValueError("a numeric question needs an answer `[ ] *` that helps with any other")


def shuffled(answers: list[Answer], seed: str) -> list[Answer]:
    """Return the answers in an order that depends on the text alone, never the written one."""
    mixed = list(answers)
    random.Random(zlib.crc32(seed.encode())).shuffle(mixed)  # noqa: S311  # not a secret
    return mixed if mixed != answers else [*mixed[1:], mixed[0]]


class QuizDirective(SphinxDirective):
    """One question; the options are ``kind``, ``label``, ``unit`` and ``fixed``."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "kind": lambda value: directives.choice(value, KINDS),
        "label": directives.unchanged_required,
        "unit": directives.unchanged_required,
        "fixed": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the question as HTML elements around parsed Markdown."""
        self.assert_has_content()
        try:
            return [self.question(self.parse_content_to_nodes())]
        except ValueError as error:
            raise self.error(f"quiz: {error}") from error

    def question(self, body: list[nodes.Node]) -> Tag:
        """Build the question from its body."""
        lists = [n for n in body if isinstance(n, nodes.bullet_list | nodes.enumerated_list)]
        if not lists or not isinstance(body[0], nodes.paragraph):
            raise ValueError("write a line that asks the question first, then a list of answers")
        place = body.index(lists[-1])
        ordered = isinstance(lists[-1], nodes.enumerated_list)
        answers = [read_answer(item, not ordered) for item in lists[-1].children]
        kind = kind_of(self.options.get("kind"), ordered, answers)
        if kind == "numeric":
            for answer in answers:
                add_number(answer)
        check(kind, ordered, answers)
        number = self.env.temp_data["quiz-number"] = self.env.temp_data.get("quiz-number", 0) + 1
        name = self.options.get("label", f"quiz-{number}")
        shown = answers if "fixed" in self.options else shuffled(answers, name + body[0].astext())
        for key, answer in enumerate(shown):
            answer.key = str(key)
        return tag(
            "div",
            self.fieldset(kind, number, body[:place], shown, name),
            solution(kind, answers, body[place + 1 :]),
            id=name,
            class_="quiz",
            data_kind=kind,
            data_page=self.env.docname,
        )

    def fieldset(
        self, kind: str, number: int, asked: list[nodes.Node], shown: list[Answer], name: str
    ) -> Tag:
        """Return question and controls; the legend is the first paragraph of the question."""
        legend = tag(
            "legend",
            tag("span", text(f"Question {number}"), class_="quiz-number"),
            text(" "),
            *inline(asked[0]),
        )
        return tag("fieldset", legend, *asked[1:], controls(kind, shown, name, self.options))


def controls(kind: str, shown: list[Answer], name: str, options: dict[str, Any]) -> Tag:
    """Return what the reader answers with."""
    if kind == "numeric":
        box = tag("input", type="text", inputmode="decimal", autocomplete="off", class_="quiz-box")
        words = [text("Your answer: "), box, text(f" {options.get('unit', '')}")]
        return tag("label", *words, class_="quiz-number-field")
    if kind == "order":
        rows = [tag("li", tag("span", *a.words), data_key=a.key) for a in shown]
        return tag("ol", *rows, class_="quiz-order")
    form = "radio" if kind == "single" else "checkbox"
    rows = [
        tag(
            "label",
            tag("input", type=form, name=name, value=a.key),
            tag("span", *a.words),
            class_="quiz-option",
        )
        for a in shown
    ]
    hint = [tag("p", text("More than one may hold."), class_="quiz-hint")]
    return tag("div", *(hint if kind == "multiple" else []), *rows, class_="quiz-options")


def solution(kind: str, answers: list[Answer], closing: list[nodes.Node]) -> Tag:
    """Return the closed element with every answer and its reason; the script reads it too."""
    rows = [explained(answer, kind) for answer in answers]
    return tag(
        "details",
        tag("summary", text("Answer")),
        tag("ol" if kind == "order" else "ul", *rows),
        *([tag("div", *closing, class_="quiz-closing")] if closing else []),
        class_="quiz-answer",
    )


def explained(answer: Answer, kind: str) -> Tag:
    """Return one answer with verdict and reason."""
    verdict = "" if kind == "order" else ("Right: " if answer.right else "Wrong: ")
    words = [n.deepcopy() for n in answer.words]
    if answer.facts.get("data_value") == "*":
        words = [text("any other number")]
    lead = [tag("strong", text(verdict))] if verdict else []
    said = tag("p", *lead, *words, class_="quiz-said")
    return tag(
        "li",
        said,
        tag("div", *answer.why, class_="quiz-why"),
        class_="quiz-right" if answer.right else "quiz-wrong",
        data_key=answer.key,
        **answer.facts,
    )


def setup(app: Sphinx) -> None:
    """Register the directive and its script."""
    app.add_directive("quiz", QuizDirective)
