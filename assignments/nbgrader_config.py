"""nbgrader's settings for this course; `get_config` is nbgrader's own name."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821, D100, RUF100

c.CourseDirectory.course_id = "convnet"
# The text versions hold solutions and hidden tests; they must never be released.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".DS_Store", "*.md"]
c.Execute.timeout = 30
