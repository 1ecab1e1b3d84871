"""Does stock ``nbgrader autograde`` with our step in place of its own give the marks it should?"""

import pytest

from .conftest import Class
from .test_grade import ALWAYS_EQUAL, CLASS, HONEST

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.xdist_group("autograder")]
CONFIG = """c = get_config()
c.SandboxedExecute.seconds = 5.0
c.Autograde.autograde_preprocessors = ["autograder.preprocessor.SandboxedExecute"] + [
    f"nbgrader.preprocessors.{name}"
    for name in ("LimitOutput", "SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata")
]
"""


def test_stock_nbgrader_with_our_step(tiny: Class) -> None:
    (tiny.root / "nbgrader_config.py").write_text(CONFIG)
    tiny.hand_in("honest", HONEST)
    tiny.hand_in("partial", CLASS["partial"][0])
    tiny.hand_in("equal", {"double": ALWAYS_EQUAL})
    tiny.hand_in("edited", CLASS["tests-edited"][0])
    tiny.stock("autograde", "tiny", "--create")
    rows = tiny.grades()
    found = {student: float(row["score"]) for student, row in rows.items()}
    assert found == {"honest": 6, "partial": 5, "equal": 0, "edited": 0}
    assert rows["honest"]["needs_manual_grade"] == "True"
