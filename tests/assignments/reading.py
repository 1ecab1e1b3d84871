"""What the tests of assignments read from notebooks."""

import ast
from typing import Any

import nbformat

from autograder.notebook import grader_data, is_test
from scripts.score_matrix import COURSE


def source_notebook(assignment: str) -> Any:
    """Return the instructor's notebook."""
    read: Any = nbformat.read
    return read(COURSE / "source" / assignment / f"{assignment}.ipynb", as_version=4)


def graded_cells(notebook: Any) -> list[Any]:
    """Return the auto-graded cells."""
    return [cell for cell in notebook.cells if is_test(cell)]


def answers_of(notebook: Any) -> list[Any]:
    """Return the cells in which students write."""
    return [cell for cell in notebook.cells if grader_data(cell).get("solution")]


def defined_functions(notebook: Any) -> set[str]:
    """Return the functions that the reference solution defines."""
    trees = [ast.parse(c.source) for c in answers_of(notebook) if c.cell_type == "code"]
    return {n.name for tree in trees for n in tree.body if isinstance(n, ast.FunctionDef)}


def calls_own_functions(source: str, names: set[str]) -> bool:
    """Return whether a test calls one of these functions."""
    calls = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call))
    return any(isinstance(n.func, ast.Name) and n.func.id in names for n in calls)
