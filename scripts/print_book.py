"""Print the built book as one PDF: cover, contents, pages, answers, with page numbers.

Chromium prints each page with the book's print style sheet; pypdf joins them. Solutions and the
answers to questions are taken out of the pages and printed at the end.
"""

import html
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter

SITE = Path("book/_build/html").resolve()
OUTPUT = Path("book/_build/book.pdf")

# Take the answers out of a page and empty the links to other pages: in one document they would lead
# to files of the machine that printed it.
TAKE_ANSWERS = """() => {
  const found = [];
  const absolute = (node) => node.querySelectorAll("img").forEach((img) => { img.src = img.src; });
  document.querySelectorAll(".quiz, details.solution").forEach((node) => {
    const quiz = node.matches(".quiz");
    const details = quiz ? node.querySelector(".quiz-answer") : node;
    const title = quiz ? node.querySelector(".quiz-number").textContent
      : node.querySelector("summary").innerHTML;
    absolute(details);
    details.querySelector("summary").remove();
    found.push({title, body: details.innerHTML});
    if (quiz) details.remove(); else node.remove();
  });
  document.querySelectorAll("details").forEach((node) => { node.open = true; });
  document.querySelectorAll("details.hint").forEach((node) => { node.hidden = false; });
  document.querySelectorAll("a[href]").forEach((a) => {
    if (!a.href.startsWith("http")) a.removeAttribute("href");
  });
  return found;
}"""
SHOW = """async (content) => {
  document.querySelector("article.bd-article").innerHTML = content;
  await document.fonts.ready;
}"""
READY = """async () => {
  document.documentElement.dataset.theme = "light";
  await document.fonts.ready;
}"""


@dataclass
class Printed:
    """A printed page of the book: its title, part, paper pages, and the answers taken out."""

    title: str
    part: str
    pdf: bytes
    answers: list[dict[str, str]] = field(default_factory=list)
    begin: int = 0

    @property
    def length(self) -> int:
        """Return the number of paper pages."""
        return len(PdfReader(BytesIO(self.pdf)).pages)


def contents(toc: dict[str, Any]) -> list[tuple[str, str]]:
    """Return every page of the table of contents but the cover, with its part."""
    return [
        (chapter["file"], part.get("caption", ""))
        for part in toc.get("parts", [])
        for chapter in part["chapters"]
        if "file" in chapter
    ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that CONVNET_BROWSER names, or Debian's Chromium."""
    program = os.environ.get("CONVNET_BROWSER") or shutil.which("chromium")
    if program is None:
        sys.exit("pdf: no browser: sudo apt-get install chromium, or set CONVNET_BROWSER")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        yield playwright.chromium.launch(executable_path=program, args=flags)


def opened(browser: Browser, path: Path) -> Page:
    """Open a page in light colours with formulas and typefaces ready."""
    page = browser.new_context(color_scheme="light").new_page()
    page.goto(path.as_uri())
    page.evaluate(READY)
    return page


def paper(page: Page) -> bytes:
    """Return an open page as PDF; the style sheet says how large and with which margins."""
    return page.pdf(prefer_css_page_size=True, print_background=True)


def print_page(browser: Browser, name: str, part: str) -> Printed:
    """Print one page of the book without its answers."""
    page = opened(browser, SITE / f"{name}.html")
    title = page.locator("article h1").first.evaluate("node => node.firstChild.textContent")
    answers = page.evaluate(TAKE_ANSWERS)
    printed = Printed(title.strip(), part, paper(page), answers)
    page.context.close()
    return printed


def print_html(browser: Browser, model: str, content: str) -> bytes:
    """Print content in the frame of an existing page, so that styles and formulas are the same."""
    page = opened(browser, SITE / f"{model}.html")
    page.evaluate(SHOW, content)
    made = paper(page)
    page.context.close()
    return made


def cover(title: str, author: str) -> str:
    """Return the cover: the book's mark, large, and its name."""

    def cell(i: int, j: int) -> str:
        inside = 1 <= i <= 3 and 2 <= j <= 4
        fill = "#8ec1ff" if (i, j) == (2, 3) else "#ffb04d" if inside else "#2c4370"
        return f'<rect x="{j * 26}" y="{i * 26}" width="22" height="22" rx="3" fill="{fill}"/>'

    cells = "".join(cell(i, j) for i in range(6) for j in range(6))
    return (
        '<div style="height:250mm;padding:22mm 16mm;background:#14213d;color:#fff;'
        'box-sizing:border-box;display:flex;flex-direction:column;justify-content:space-between">'
        f'<svg viewBox="0 0 152 152" width="95mm" height="95mm" aria-hidden="true">{cells}</svg>'
        '<div><p style="font:600 40pt/1.02 var(--pst-font-family-heading);margin:0 0 8mm">'
        f"{html.escape(title)}</p>"
        '<p style="font-size:13pt;margin:0">A course in convolutional networks with every number '
        f'in sight</p><p style="margin:14mm 0 0">{html.escape(author)}<br>{time.gmtime().tm_year}'
        ". Text: CC BY 4.0. Code: MIT.</p></div></div>"
    )


def contents_html(chapters: list[Printed], answers_at: int) -> str:
    """Return the contents as a list with page numbers."""
    rows, part = [], None
    for chapter in chapters:
        if chapter.part != part:
            part = chapter.part
            rows.append(f'<p class="course-part" style="margin-top:6mm">{html.escape(part)}</p>')
        rows.append(line(chapter.title, chapter.begin))
    if answers_at:
        rows.append('<p class="course-part" style="margin-top:6mm">At the end</p>')
        rows.append(line("Answers and solutions", answers_at))
    return "<h1>Contents</h1>" + "".join(rows)


def line(title: str, number: int) -> str:
    """Return one line of the contents."""
    return (
        '<p style="display:flex;gap:4mm;margin:0 0 1mm;break-inside:avoid">'
        f'<span>{html.escape(title)}</span><span style="flex:1;border-bottom:1px dotted #888;'
        f'margin-bottom:1.2mm"></span><span>{number}</span></p>'
    )


def answers_html(chapters: list[Printed]) -> str:
    """Return all answers, page by page of the book."""
    parts = ["<h1>Answers and solutions</h1>"]
    for chapter in chapters:
        if chapter.answers:
            parts.append(f"<h2>{html.escape(chapter.title)}</h2>")
            parts += [f"<h3>{a['title']}</h3><div>{a['body']}</div>" for a in chapter.answers]
    return "".join(parts)


def numbers(browser: Browser, model: str, count: int) -> PdfReader:
    """Return sheets that hold nothing but their page number: no white to cover what is below."""
    sheets = "".join(
        '<div style="height:296.5mm;position:relative;break-after:page">'
        '<span style="position:absolute;bottom:10mm;left:0;right:0;text-align:center;'
        f'font:9pt var(--course-ui);color:#4d586b">{number}</span></div>'
        for number in range(1, count + 1)
    )
    page = opened(browser, SITE / f"{model}.html")
    page.evaluate(
        SHOW, f"<style>@page {{ margin: 0 }} * {{ background: none !important }}</style>{sheets}"
    )
    made = paper(page)
    page.context.close()
    return PdfReader(BytesIO(made))


def placed(browser: Browser, model: str, chapters: list[Printed]) -> tuple[bytes, bytes | None]:
    """Give every chapter its page number; return the contents and the answers."""
    has_answers = any(chapter.answers for chapter in chapters)
    answers = print_html(browser, model, answers_html(chapters)) if has_answers else None
    listed = b""
    for _ in range(2):  # the contents' own length moves what follows
        begin = 2 + (len(PdfReader(BytesIO(listed)).pages) if listed else 1)
        for chapter in chapters:
            chapter.begin = begin
            begin += chapter.length
        listed = print_html(browser, model, contents_html(chapters, begin if has_answers else 0))
    return listed, answers


def join(parts: list[tuple[str, bytes]], sheets: PdfReader, title: str, author: str) -> PdfWriter:
    """Join the printed parts under bookmarks; stamp numbers on every page but the cover."""
    writer = PdfWriter()
    for name, content in parts:
        begin = len(writer.pages)
        for page in PdfReader(BytesIO(content)).pages:
            writer.add_page(page)
        writer.add_outline_item(title=name, page_number=begin)
    for number, page in enumerate(writer.pages):
        if number:
            page.merge_page(sheets.pages[number])
    writer.add_metadata({"/Title": title, "/Author": author})
    writer.compress_identical_objects()
    return writer


def main() -> int:
    """Print the book that make book built."""
    if not (SITE / "index.html").exists():
        print("pdf: the book has not been built; run make book")
        return 1
    config = yaml.safe_load(Path("_config.yml").read_text(encoding="utf-8"))
    toc = yaml.safe_load(Path("_toc.yml").read_text(encoding="utf-8"))
    title, author = config["title"], config["author"]
    with chromium() as browser:
        chapters = []
        for name, part in contents(toc):
            chapters.append(print_page(browser, name, part))
            print(f"pdf: {chapters[-1].length:3} pages  {chapters[-1].title}", flush=True)
        model = contents(toc)[0][0]  # a page with formulas, and so with their style sheet
        listed, answers = placed(browser, model, chapters)
        parts = [("Cover", print_html(browser, model, cover(title, author))), ("Contents", listed)]
        parts += [(chapter.title, chapter.pdf) for chapter in chapters]
        if answers:
            parts.append(("Answers and solutions", answers))
        count = sum(len(PdfReader(BytesIO(content)).pages) for _, content in parts)
        book = join(parts, numbers(browser, model, count), title, author)
    book.write(OUTPUT)
    print(f"pdf: wrote {OUTPUT}, {count} pages, {OUTPUT.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
