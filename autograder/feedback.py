"""Write what each student may see: nbgrader's feedback page, without hidden tests or scripts."""

from autograder.course import Course, CourseError

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
        api = course.nbgrader(GenerateFeedback={"preprocessors": PREPROCESSORS})
        result = api.generate_feedback(assignment, student, force=True)
        if not result["success"]:
            said = result.get("error") or result.get("log") or "nothing"
            raise CourseError(f"nbgrader could not write {student}'s feedback; it said: {said}")
        written += 1
    return written
