"""The course that the grading benchmark grades: one NumPy notebook, one PyTorch notebook, a class.

Everybody in the class is honest: some are right, some make one of the usual mistakes, some leave
answers out. Who does what is drawn from a generator with a fixed seed.
"""

import json
import random
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4 as untyped_v4

ASSIGNMENT = "benchmark"
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "benchmark"\nc.Execute.timeout = 60\n'
ANSWER = {"solution": True, "locked": False}
v4: Any = untyped_v4  # nbformat has no types of its own
Cell = tuple[str, str, dict[str, Any]]

NUMPY: list[Cell] = [
    ("setup", "import numpy as np", {}),
    (
        "conv2d",
        '''def conv2d(image, kernel):
    """Slide the kernel over the image; return the sums of products, (h-kh+1, w-kw+1)."""
    ### BEGIN SOLUTION
    kh, kw = kernel.shape
    windows = np.lib.stride_tricks.sliding_window_view(image, (kh, kw))
    return np.einsum("ijkl,kl->ij", windows, kernel)
    ### END SOLUTION''',
        ANSWER,
    ),
    (
        "test_conv2d",
        """image = np.arange(36.0).reshape(6, 6)
got = conv2d(image, np.ones((3, 3)))
assert np.shape(got) == (4, 4), "a 3x3 kernel leaves 4x4 positions of a 6x6 image"
np.testing.assert_allclose(got[0, 0], 63.0)
### BEGIN HIDDEN TESTS
for height, width in ((5, 7), (8, 8), (12, 9)):
    image = np.random.default_rng(height).normal(size=(height, width))
    kernel = np.random.default_rng(width).normal(size=(3, 2))
    expected = np.array([[np.sum(image[i:i + 3, j:j + 2] * kernel) for j in range(width - 1)]
                         for i in range(height - 2)])
    np.testing.assert_allclose(conv2d(image, kernel), expected, rtol=1e-6)
### END HIDDEN TESTS""",
        {"points": 4},
    ),
    (
        "max_pool",
        '''def max_pool(x):
    """Return the maximum of each 2x2 block of x, (h/2, w/2)."""
    ### BEGIN SOLUTION
    h, w = x.shape
    return x.reshape(h // 2, 2, w // 2, 2).max(axis=(1, 3))
    ### END SOLUTION''',
        ANSWER,
    ),
    (
        "test_max_pool",
        """x = np.array([[1.0, 2, 5, 6], [3, 4, 7, 8]])
np.testing.assert_allclose(max_pool(x), [[4, 8]])
### BEGIN HIDDEN TESTS
x = np.random.default_rng(0).normal(size=(8, 6))
expected = x.reshape(4, 2, 3, 2).max(axis=(1, 3))
np.testing.assert_allclose(max_pool(x), expected)
### END HIDDEN TESTS""",
        {"points": 3},
    ),
    (
        "softmax",
        '''def softmax(z):
    """Return exp(z) / sum(exp(z)) along the last axis, for large z too."""
    ### BEGIN SOLUTION
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    ### END SOLUTION''',
        ANSWER,
    ),
    (
        "test_softmax",
        """p = softmax(np.array([[0.0, 0.0], [1.0, 3.0]]))
np.testing.assert_allclose(p.sum(axis=1), [1, 1])
### BEGIN HIDDEN TESTS
np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0]])), [[0.5, 0.5]])
### END HIDDEN TESTS""",
        {"points": 3},
    ),
]
TORCH: list[Cell] = [
    ("setup", "import torch\nfrom torch import nn", {}),
    ("net", '''class Net(nn.Module):
    """conv (1 -> 4, 3x3), ReLU, 2x2 max pooling, head (4*3*3 -> 10), for 8x8 images."""
    ### BEGIN SOLUTION
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(36, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv(x)), 2)
        return self.head(x.flatten(1))
    ### END SOLUTION''', ANSWER),
    ("test_net", '''net = Net()
weights = {name: value.detach().clone() for name, value in net.state_dict().items()}
shapes = {"conv.weight": (4, 1, 3, 3), "conv.bias": (4,),
          "head.weight": (10, 36), "head.bias": (10,)}
assert {n: tuple(w.shape) for n, w in weights.items()} == shapes, "names or shapes differ"
### BEGIN HIDDEN TESTS
x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(1))
h = torch.relu(torch.conv2d(x, weights["conv.weight"], weights["conv.bias"]))
h = torch.max_pool2d(h, 2).flatten(1)
expected = h @ weights["head.weight"].T + weights["head.bias"]
got = net(x.clone())
assert got.shape == (5, 10), "Hint: one score a class"
assert torch.allclose(got, expected, atol=1e-5), "Hint: the order is conv, ReLU, pooling, head"
### END HIDDEN TESTS''', {"points": 5}),
    ("loss", '''def cross_entropy(logits, target):
    """Return the mean cross-entropy of logits (N, C) and classes (N,)."""
    ### BEGIN SOLUTION
    return -torch.log_softmax(logits, 1)[torch.arange(len(target)), target].mean()
    ### END SOLUTION''', ANSWER),
    ("test_loss", '''got = cross_entropy(torch.zeros(2, 4), torch.tensor([0, 3]))
assert torch.allclose(got, torch.log(torch.tensor(4.0))), "four equal logits give log 4"
### BEGIN HIDDEN TESTS
logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
target = torch.tensor([0, 2, 1, 1, 0])
expected = nn.functional.cross_entropy(logits, target)
assert torch.allclose(cross_entropy(logits.clone(), target.clone()), expected, atol=1e-5)
### END HIDDEN TESTS''', {"points": 2}),
    ("step", '''def step(w, grad, rate):
    """Return the weights after one step of gradient descent; w stays as it is."""
    ### BEGIN SOLUTION
    return w - rate * grad
    ### END SOLUTION''', ANSWER),
    ("test_step", '''w = torch.ones(3)
got = step(w, torch.tensor([1.0, 2.0, 3.0]), 0.1)
assert torch.allclose(got, torch.tensor([0.9, 0.8, 0.7]))
### BEGIN HIDDEN TESTS
assert torch.equal(w, torch.ones(3)), "Hint: did the weights that were given change?"
### END HIDDEN TESTS''', {"points": 2}),
]  # fmt: skip
NOTEBOOKS = {"arrays": NUMPY, "network": TORCH}
# What may stand in an answer instead of the solution.
MISTAKES = {
    "conv2d": """def conv2d(image, kernel):
    kh, kw = kernel.shape
    out = np.zeros((image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i:i + kh, j:j + kw] * kernel[::-1, ::-1]).sum()
    return out""",
    "max_pool": "def max_pool(x):\n    return (x[::2, ::2] + x[1::2, ::2]) / 2",
    "softmax": "def softmax(z):\n    return z / np.abs(z).sum(axis=-1, keepdims=True)",
    "net": """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(36, 10)

    def forward(self, x):
        return self.head(torch.max_pool2d(self.conv(x), 2).flatten(1))""",
    "loss": """def cross_entropy(logits, target):
    return -torch.log_softmax(logits, 1)[torch.arange(len(target)), target].sum()""",
    "step": "def step(w, grad, rate):\n    w -= rate * grad\n    return w",
}
RIGHT, WRONG = 0.7, 0.2  # parts of the answers; the rest is left as handed out


def write_course(root: Path) -> None:
    """Write the course's configuration and sources."""
    folder = root / "source" / ASSIGNMENT
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    for name, cells in NOTEBOOKS.items():
        text = json.dumps(source_notebook(cells), indent=1)
        (folder / f"{name}.ipynb").write_text(text)


def source_notebook(cells: list[Cell]) -> Any:
    """Return the instructor's notebook."""
    made: list[Any] = [v4.new_markdown_cell("# A notebook of the benchmark")]
    for name, source, facts in cells:
        plain = {"grade": False, "solution": False, "locked": True, "task": False}
        data = {**plain, "schema_version": 3, "grade_id": name, **facts}
        data["grade"] = "points" in facts
        made.append(v4.new_code_cell(source, metadata={"nbgrader": data}))
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def hand_in(root: Path, number: int, first: int = 0) -> None:
    """Hand in for ``number`` students, made from the release."""
    read: Any = nbformat.read
    released = {
        name: read(root / "release" / ASSIGNMENT / f"{name}.ipynb", as_version=4)
        for name in NOTEBOOKS
    }
    solutions = {name: text for cells in NOTEBOOKS.values() for name, text, _ in cells}
    for student in range(first, first + number):
        draw = random.Random(student)  # noqa: S311  # no secret: the same class in every run
        folder = root / "submitted" / f"student-{student:05d}" / ASSIGNMENT
        folder.mkdir(parents=True, exist_ok=True)
        for name, notebook in released.items():
            text = json.dumps(with_answers(notebook, solutions, draw), indent=1)
            (folder / f"{name}.ipynb").write_text(text)


def with_answers(notebook: Any, solutions: dict[str, str], draw: random.Random) -> Any:
    """Return a copy of the release with one student's answers."""
    copy: Any = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    for cell in copy["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name not in MISTAKES:
            continue
        chance = draw.random()
        if chance < RIGHT:
            cell["source"] = without_marks(solutions[name])
        elif chance < RIGHT + WRONG:
            cell["source"] = MISTAKES[name]
    return copy


def without_marks(text: str) -> str:
    """Return the instructor's solution as a student would have written it."""
    return "\n".join(line for line in text.splitlines() if "### " not in line)
