"""Write what each student may see: nbgrader's feedback page, without hidden tests or scripts."""

from bs4 import BeautifulSoup

from autograder.course import Course, CourseError, write_atomically

# Hidden tests are cut out, and what a student wrote as HTML is reduced to harmless tags.
PREPROCESSORS = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.sanitize.SanitizeHTML",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]


def write_feedback(course: Course, assignment: str) -> int:
    """Write ``feedback/STUDENT/ASSIGNMENT/*.html`` where it is missing or old; return how many.

    Raises:
        CourseError: nothing has been graded, or nbgrader failed.
    """
    graded = sorted((course.root / "autograded").glob(f"*/{assignment}"))
    if not graded:
        raise CourseError(f"{assignment} has no graded submission; run `autograder grade` first")
    written = 0
    for folder in graded:
        student = folder.parent.name
        page = course.root / "feedback" / student / assignment
        newest = max(p.stat().st_mtime for p in folder.glob("*.ipynb"))
        pages = list(page.glob("*.html"))
        if pages and min(p.stat().st_mtime for p in pages) >= newest:
            continue
        api = course.nbgrader(
            GenerateFeedback={"preprocessors": PREPROCESSORS},
            SanitizeHTML={"enabled": True},  # naming it in the list does not switch it on
        )
        result = api.generate_feedback(assignment, student, force=True)
        if not result["success"]:
            said = result.get("error") or result.get("log") or "nothing"
            raise CourseError(f"nbgrader could not write {student}'s feedback; it said: {said}")
        for path in page.glob("*.html"):
            write_atomically(path, without_harmful_links(path.read_text(encoding="utf-8")))
        written += 1
    return written


def without_harmful_links(html: str) -> str:
    """Take the target from links that would run code: Markdown may spell ``javascript:`` too.

    >>> without_harmful_links('<a href="java&#9;script:alert(1)">x</a>')
    '<a>x</a>'
    """
    page = BeautifulSoup(html, "html.parser")
    for link in page.find_all(href=True):
        # Browsers ignore blanks and control characters here.
        target = "".join(c for c in str(link["href"]) if c > " ").lower()
        scheme, colon, _ = target.partition(":")
        if colon and scheme.isalnum() and scheme not in ("http", "https", "mailto"):
            del link["href"]
    return str(page)
