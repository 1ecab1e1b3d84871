"""Does every public name say where it comes from, and is every pair of forms compared?"""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from convnet import layers, network

HERE = Path(__file__).parent
PUBLIC: dict[str, Any] = {
    **{name: getattr(layers, name) for name in layers.__all__},
    **{
        name: found
        for name, found in vars(network).items()
        if inspect.isclass(found) and found.__module__ == network.__name__
    },
}
REFERENCE = re.compile(r":(?:func|class):`~?(?:[\w.]*\.)?(\w+)`")
LOOPED = [name for name in PUBLIC if f"{name}_loops" in PUBLIC]


def says(name: str, what: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the docstring of ``name``, or of one that it refers to, contains ``what``."""
    if name in seen or name not in PUBLIC:
        return False
    text = PUBLIC[name].__doc__ or ""
    further = REFERENCE.findall(text)
    return what in text or any(says(other, what, seen | {name}) for other in further)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_leads_to_source_and_chapter(name: str) -> None:
    assert PUBLIC[name].__doc__, f"{name} has no docstring of its own"
    assert says(name, "Source:"), f"{name} and what it refers to name no source"
    assert says(name, "Chapter"), f"{name} and what it refers to name no chapter"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_layers_own_methods_have_docstrings(name: str) -> None:
    methods = {
        key: member
        for key, member in vars(PUBLIC[name]).items()
        if inspect.isfunction(member) and not key.startswith("_")
    }
    assert [key for key, member in methods.items() if not member.__doc__] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_docstring_refers_to_exists(name: str) -> None:
    text = PUBLIC[name].__doc__ or ""
    assert [other for other in REFERENCE.findall(text) if other not in PUBLIC] == []


def test_all_names_are_exported_and_sorted() -> None:
    functions = {
        name
        for name, found in vars(layers).items()
        if inspect.isfunction(found) or inspect.isclass(found)
    }
    assert functions == set(layers.__all__)


def comparisons() -> list[tuple[str, set[str]]]:
    """Return every generated test of this folder, and the names it mentions."""
    tests = []
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                source = ast.unparse(node)
                if "@given" in source:
                    tests.append((f"{file.name}::{node.name}", set(re.findall(r"\w+", source))))
    return tests


@pytest.mark.parametrize("name", LOOPED)
def test_loops_and_fast_form_are_compared_with_torch(name: str) -> None:
    # Against torch: through torch_results, or a function of torch or of F itself.
    judges = {"torch", "torch_results", "F"}
    compared = [
        test for test, names in comparisons() if {name, f"{name}_loops"} <= names and names & judges
    ]
    assert compared, f"no generated test compares {name} and {name}_loops with torch"


def test_cross_entropys_loops_are_compared_too() -> None:
    wanted = {"SoftmaxCrossEntropy", "softmax_cross_entropy_loops", "F"}
    assert any(wanted <= names for _, names in comparisons())


def test_every_form_as_loops_has_a_fast_one() -> None:
    loops = {name.removesuffix("_loops") for name in PUBLIC if name.endswith("_loops")}
    assert loops - set(LOOPED) == {"softmax_cross_entropy"}  # its fast form is a class
    assert len(LOOPED) >= 8


@pytest.mark.parametrize("name", [n for n in PUBLIC if inspect.isclass(PUBLIC[n])])
def test_every_layer_is_compared_with_torch_or_said_why_not(name: str) -> None:
    abstract = {"Layer", "Loss", "ConvGradients"}
    random = {"Dropout"}  # its masks are not torch's; test_dropout.py has its statistics
    if name in abstract | random:
        return
    files = [*HERE.glob("test_*.py"), HERE.parent / "test_network.py"]
    texts = [file.read_text(encoding="utf-8") for file in files if "errors" not in file.name]
    judged = "assert_layer_is_torchs|assert_loss_is_torchs"
    assert any(re.search(judged, text) and re.search(rf"\b{name}\b", text) for text in texts)
