"""Can a student solve a task in JupyterLab, press Validate, and understand the answer?"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import Notebook, answers

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("widgets")]
Open = Callable[[str], Notebook]

NOTEBOOK = "six-by-six/six-by-six.ipynb"
WRONG = "def relu(x):\n    return np.abs(x)\n"


def test_validate_answers_at_every_stage_of_the_work(open_notebook: Open, course: Path) -> None:
    notebook = open_notebook(NOTEBOOK)
    fresh = notebook.validate()
    assert "validation-failed" in str(fresh.get_attribute("class"))
    assert "NotImplementedError" in fresh.inner_text()
    notebook.dismiss()

    right = answers(course / "source" / NOTEBOOK)
    assert "relu" in right
    for task, source in right.items():
        notebook.write(task, source)
    solved = notebook.validate()
    assert solved.inner_text().strip() == "Success! Your notebook passes all the tests."
    notebook.shoot("validate-success")
    notebook.dismiss()

    notebook.write("relu", WRONG)
    broken = notebook.validate()
    assert "That is the absolute value; ReLU gives 0." in broken.inner_text()
    assert "np.abs" in notebook.path.read_text("utf-8")  # Validate saves before it looks
    notebook.shoot("validate-message")
