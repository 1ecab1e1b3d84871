"""Does a widget of the course live in JupyterLab: shown, used by keyboard, read by Python?"""

import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

sys.path.insert(0, str(Path(__file__).parent))

from lab import PANEL, Lab, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("widgets")]

SHOW = "from convnet.widgets.notebook import PoolingWidget\n\nlive = PoolingWidget()\nlive"
READ = "print(live.at, live.kind, live.result['output'][0][1], sep=';')"
SET = "live.kind = 'min'"


def test_keys_change_a_trait_that_python_reads(
    lab: Lab, open_notebook: Callable[[str], Notebook]
) -> None:
    cells = [v4.new_code_cell(source) for source in (SHOW, READ, SET)]
    spec = {"name": "python3", "display_name": "Python 3"}
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
    nbformat.write(made, lab.folder / "widget.ipynb")
    notebook = open_notebook("widget.ipynb")
    widget = notebook.run(0).locator(".cw")
    widget.wait_for()
    widget.get_by_role("button", name="Step", exact=True).press("Enter")
    # "a" is JupyterLab's own key for a new cell; in the list it chooses the average.
    widget.get_by_label("Take the").press("a")
    assert notebook.page.evaluate(f"{PANEL}.content.widgets.length") == len(cells)
    pooled = widget.get_by_role("group", name="Pooled", exact=False).first
    second = pooled.get_by_role("button").nth(1).inner_text()
    notebook.shoot("widget")

    said = notebook.run(1).locator(".jp-OutputArea-output").inner_text()
    place, kind, output = said.strip().split(";")
    assert (place, kind) == ("[0, 1]", "avg")
    assert float(output) == float(second.replace("−", "-"))  # −, as the page writes it

    notebook.run(2)  # and back: what Python sets, the page shows
    chosen = "() => document.querySelector('.cw-derivation').innerText.includes('min(')"
    notebook.page.wait_for_function(chosen)
    assert widget.get_by_label("Take the").input_value() == "min"
