"""Do questions, hints and solutions work: with the mouse, by keyboard, without scripts?

The page they are tried on holds every example of ``book/_ext/README.md``, so that what authors copy
is known to work.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).parent))

from visit import barriers, chromium, settle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("widgets")]
ROOT = Path(__file__).parents[2]
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Examples

"""
CONFIG = """
title: Examples
only_build_toc_files: true
execute: {{execute_notebooks: force}}
launch_buttons: {{thebe: false}}
sphinx:
  extra_extensions: [sphinx-mathjax-offline]
  local_extensions: {{course_site: {ext}}}
  config:
    html_static_path: [{assets}]
    html_css_files: [course.css, quiz.css, print.css]
    html_js_files: [course.js, quiz.js]
    nb_ipywidgets_js: {{}}
    nb_execution_raise_on_error: true
    nb_mime_priority_overrides: [["html", "text/html", 5]]
    mathjax3_config: {{loader: {{load: [core, input/tex, output/chtml, a11y/assistive-mml]}}}}
"""
Open = Callable[..., Page]


def build(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Build a one-page book strictly."""
    ext, assets = ROOT / "book/_ext", ROOT / "book/_assets"
    (folder / "_config.yml").write_text(CONFIG.format(ext=ext, assets=assets))
    (folder / "_toc.yml").write_text("format: jb-book\nroot: examples\n")
    (folder / "examples.md").write_text(HEADER + body)
    program = str(Path(sys.executable).parent / "jupyter-book")
    command = [program, "build", str(folder), "-n", "-W", "--keep-going"]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def examples() -> str:
    """Return what the author's guide shows, one example after the other."""
    guide = (ROOT / "book/_ext/README.md").read_text("utf-8")
    found = re.findall(r"^(`{4,5})md\n(.*?)^\1$", guide, re.MULTILINE | re.DOTALL)
    return "\n".join(body for _, body in found)


@pytest.fixture(scope="module")
def page_of_examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("examples")
    ran = build(folder, examples())
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-3000:]
    yield folder / "_build/html/examples.html"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Browser, page_of_examples: Path) -> Iterator[Open]:
    """Return a function that opens the examples in a browser that remembers nothing yet."""
    contexts = []

    def show(**options: object) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1000, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.goto(page_of_examples.as_uri())
        settle(page)
        return page

    yield show
    for context in contexts:
        context.close()


def test_answers_are_hidden_before_trying(opened: Open) -> None:
    page = opened()
    assert page.locator(".quiz").count() == 4
    for answer in page.locator(".quiz-answer").all():
        expect(answer).to_be_hidden()
    for reveal in page.locator(".quiz-reveal").all():
        expect(reveal).to_be_hidden()
    expect(page.get_by_text("The eight biases are missing.")).to_be_hidden()


def test_a_wrong_answer_tells_its_misconception_and_a_right_one_why(opened: Open) -> None:
    page = opened()
    first = page.locator(".quiz").first
    first.get_by_role("button", name="Check").click()
    expect(first.locator(".quiz-feedback")).to_have_text("Choose an answer first.")
    first.locator(f"input[value='{key_of(first, 'kernel’s own size')}']").check()
    first.get_by_role("button", name="Check").click()
    expect(first.locator(".quiz-verdict")).to_have_text("Not yet.")
    expect(first.locator(".quiz-feedback")).to_contain_text("kernel’s own size")
    first.locator(f"input[value='{key_of(first, 'windows fit')}']").check()
    first.get_by_role("button", name="Check").click()
    expect(first.locator(".quiz-verdict")).to_have_text("Right.")
    expect(first.locator(".quiz-feedback")).to_contain_text("windows fit along each side")


def key_of(place: object, words: str) -> str:
    """Return the key of the answer whose explanation holds some words."""
    row = place.locator(".quiz-answer li").filter(has_text=words)  # type: ignore[attr-defined]
    return str(row.first.get_attribute("data-key"))


def test_several_answers_are_judged_together(opened: Open) -> None:
    page = opened()
    second = page.locator(".quiz").nth(1)
    second.get_by_label("convolution").check()
    second.get_by_label("ReLU").check()
    second.get_by_role("button", name="Check").click()
    said = second.locator(".quiz-feedback")
    expect(said).to_contain_text("which nobody learns")
    expect(said).to_contain_text("One more answer holds.")
    second.get_by_label("ReLU").uncheck()
    second.get_by_label("dense").check()
    second.get_by_role("button", name="Check").click()
    expect(said).to_contain_text("Right.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("216", "The eight biases are missing."),
        ("80.4", "reads all three input channels"),
        ("79.4", "weights and one bias"),
        ("7", "weights and one bias"),
        ("many", "not a number"),
        ("448/2", "Right."),
        ("224,0", "Right."),
        (" 2 2 4 ", "Right."),
    ],
)
def test_numbers_are_read_as_people_write_them(opened: Open, given: str, said: str) -> None:
    page = opened()
    third = page.locator(".quiz").nth(2)
    third.get_by_label("Your answer").fill(given)
    third.get_by_label("Your answer").press("Enter")
    expect(third.locator(".quiz-feedback")).to_contain_text(said)


def test_an_order_is_made_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    last = page.locator(".quiz").nth(3)
    right = ["compute the loss", "compute the gradients", "change the weights"]
    shown = last.locator(".quiz-order > li")
    for place, words in enumerate(right):
        for _ in range(3):
            texts = [row.inner_text() for row in shown.all()]
            now = next(k for k, t in enumerate(texts) if words in t)
            if now <= place:
                break
            last.get_by_role("button", name=re.compile(f"Move up: {words}")).focus()
            page.keyboard.press("Enter")
            expect(last.locator(".quiz-feedback")).to_contain_text(f"now at place {now} of 3")
    last.get_by_role("button", name="Check").focus()
    page.keyboard.press("Space")
    expect(last.locator(".quiz-verdict")).to_have_text("Right.")


def test_an_order_is_never_shown_solved(opened: Open) -> None:
    page = opened()
    last = page.locator(".quiz").nth(3)
    last.get_by_role("button", name="Check").click()
    expect(last.locator(".quiz-verdict")).to_have_text("Not yet.")
    expect(last.locator(".quiz-feedback")).to_contain_text("place")


def test_progress_is_kept_and_can_be_dropped(opened: Open) -> None:
    page = opened()
    third = page.locator(".quiz").nth(2)
    third.get_by_label("Your answer").fill("224")
    third.get_by_role("button", name="Check").click()
    expect(page.locator(".quiz-progress")).to_contain_text("1 of 4 questions")
    page.reload()
    expect(page.locator(".quiz-progress")).to_contain_text("1 of 4 questions")
    expect(page.locator(".quiz").nth(2).locator(".quiz-verdict")).to_have_text("Right.")
    page.get_by_role("button", name="Start again").click()
    expect(page.locator(".quiz-progress")).to_contain_text("0 of 4 questions")
    page.reload()
    expect(page.locator(".quiz").nth(2).get_by_label("Your answer")).to_have_value("")


def test_without_storage_questions_still_work(browser: Browser, page_of_examples: Path) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Storage.prototype.setItem = () => { throw new Error('full'); };"
        "Storage.prototype.getItem = (key) => {"
        "  if (key.startsWith('convnet')) throw new Error(); return null; };"
    )
    page = context.new_page()
    page.goto(page_of_examples.as_uri())
    third = page.locator(".quiz").nth(2)
    third.get_by_label("Your answer").fill("224")
    third.get_by_role("button", name="Check").click()
    expect(third.locator(".quiz-verdict")).to_have_text("Right.")
    context.close()


def test_without_scripts_a_closed_element_holds_the_answer(opened: Open) -> None:
    page = opened(java_script_enabled=False)
    answer = page.locator(".quiz-answer").nth(2)
    expect(answer.locator("summary")).to_be_visible()
    expect(answer.get_by_text("The eight biases are missing.")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.get_by_text("The eight biases are missing.")).to_be_visible()


def test_the_answer_is_shown_only_after_a_try(opened: Open) -> None:
    page = opened()
    third = page.locator(".quiz").nth(2)
    third.get_by_label("Your answer").fill("1")
    third.get_by_role("button", name="Check").click()
    third.get_by_role("button", name="Show the answer").click()
    expect(third.locator(".quiz-answer")).to_be_visible()
    expect(third.locator(".quiz-answer summary")).to_be_focused()


def test_hints_come_one_after_another_and_the_solution_is_closed(opened: Open) -> None:
    page = opened()
    hints = page.locator("details.hint")
    expect(hints.nth(0)).to_be_visible()
    expect(hints.nth(1)).to_be_hidden()
    hints.nth(0).locator("summary").click()
    expect(hints.nth(1)).to_be_visible()
    expect(hints.nth(1).locator("summary")).to_have_text("Hint 2 of 2")
    expect(page.locator(".exercise-facts")).to_have_text("Level 1 of 3, direct · 2 minutes")
    solution = page.locator("details.solution")
    expect(solution.locator("pre").first).to_be_hidden()
    solution.locator("summary").click()
    expect(solution.locator("pre").first).to_be_visible()


def test_figures_of_the_guide_are_drawn_with_words(opened: Open) -> None:
    page = opened()
    assert "falls from 2.3" in str(page.locator(".course-figure svg").get_attribute("aria-label"))
    assert page.locator(".course-grid").count() == 3


def test_no_barrier_while_answering(opened: Open) -> None:
    page = opened()
    for button in page.locator(".quiz-check").all():
        button.click()
    page.locator("details.hint summary").first.click()
    page.locator("details.solution summary").click()
    page.evaluate(
        "scrollTo(0, 0)"
    )  # the bar that stays on top would cover what is scrolled below it
    for theme in ("light", "dark"):
        page.evaluate("t => { document.documentElement.dataset.theme = t; }", theme)
        assert barriers(page, theme, 1280) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("What?\n\n- [x] a\n- [ ] b\n", "'b' needs a paragraph below it that says why"),
        ("What?\n\n- [ ] a\n\n  No.\n- [ ] b\n\n  No.\n", "no answer is marked"),
        ("What?\n\n- a\n- b\n", "begins with neither"),
        ("- [x] a\n- [ ] b\n", "write a line that asks the question first"),
        (":kind: numeric\nWhat?\n\n- [x] 1\n- [ ] 2\n\n  No.\n", "needs an answer `\\[ \\] \\*`"),
        (":kind: numeric\nWhat?\n\n- [x] one\n- [ ] *\n\n  No.\n", "'one' is no number"),
        (":kind: single\nWhat?\n\n- [x] a\n- [x] b\n", "needs one \\[x\\], but has 2"),
    ],
)
def test_a_faulty_question_stops_the_build(body: str, message: str) -> None:
    sys.path.insert(0, str(ROOT / "book/_ext"))
    from course_site import quiz as module
    from docutils import nodes
    from docutils.core import publish_doctree
    from docutils.parsers.rst import directives
    from myst_parser.docutils_ import Parser

    class Alone(module.QuizDirective):
        """The directive without Sphinx around it."""

        env = type("Env", (), {"temp_data": {}, "docname": "page"})()

        def parse_content_to_nodes(self) -> list[nodes.Node]:
            place = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, place)
            return list(place.children)

    directives.register_directive("quiz", Alone)
    settings = {
        "myst_enable_extensions": ["tasklist", "colon_fence"],
        "report_level": 5,
        "halt_level": 6,
    }
    made = publish_doctree(
        f"```{{quiz}}\n{body}```\n", parser=Parser(), settings_overrides=settings
    )
    assert re.search(message, made.astext()), made.astext()
