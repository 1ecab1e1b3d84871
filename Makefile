# The course's commands. `make demo` and `make test` need only Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COURSE := assignments
ASSIGNMENT := six-by-six
READY := $(VENV)/.ready
# Much runs side by side here; threads of one process would only wait for each other, busily.
# What measures or trains with more threads says so itself.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help setup demo test lint book pdf release sample grade serve clean bench

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(READY) ## create .venv with everything pinned; name system packages that are missing
$(READY): requirements.txt constraints.txt pyproject.toml scripts/setup.py
	@$(PYTHON) scripts/setup.py $(VENV)

demo: setup ## book, release, a sample class graded in the sandbox, and where to look
	@$(BIN)/python scripts/demo.py $(COURSE) $(ASSIGNMENT)

book: setup ## build the book into book/_build/html
	@$(BIN)/python scripts/build_book.py

pdf: setup book ## the whole book as one PDF, book/_build/book.pdf
	@$(BIN)/python scripts/print_book.py

test: setup book ## all tests, on the built book too
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --durations 20 --durations-min 10

lint: setup ## ruff and mypy; warnings are errors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup ## measure speed against PyTorch and other designs, about three minutes
	@$(BIN)/python -m benchmarks

release: setup ## the students' version of ASSIGNMENT, in assignments/release
	@$(BIN)/python scripts/release.py $(COURSE) $(ASSIGNMENT)

sample: release ## hand in the sample class
	@$(BIN)/autograder sample $(ASSIGNMENT) --course $(COURSE)

grade: setup ## grade what was handed in to ASSIGNMENT
	@$(BIN)/autograder grade $(ASSIGNMENT) --course $(COURSE)

serve: setup ## look at the book and the feedback, on this machine only
	@$(BIN)/python scripts/serve.py

clean: ## remove what was built, keep .venv
	rm -rf book/_build $(COURSE)/release $(COURSE)/submitted $(COURSE)/autograded $(COURSE)/feedback
	rm -f $(COURSE)/gradebook.db $(COURSE)/grades.csv

.PHONY: bench-grading
bench-grading: setup ## time grading against stock nbgrader; see benchmarks/results/grading.json
	@$(BIN)/python -m benchmarks.grading

.PHONY: results
results: setup ## train the course's networks on CONVNET_DATA, resumable; writes book/results
	@$(BIN)/python -m scripts.results

.PHONY: mutation
mutation: setup ## break each layer on purpose; the tests must notice; writes tests/mutation/report.json
	@$(BIN)/python tests/mutation/run.py --report tests/mutation/report.json

.PHONY: attacks equality
attacks: setup ## try every hostile submission on this grader and, sandboxed, on stock nbgrader
	@$(BIN)/python -m tests.attacks.report

equality: setup ## compare the whole corpus of honest work with stock nbgrader, cell by cell
	@EQUALITY=all $(BIN)/python -m pytest tests/equality

.PHONY: vitals shots
vitals: setup book ## measure pages with Lighthouse (CONVNET_LIGHTHOUSE names its folder); reported, not asserted
	@$(BIN)/python -m scripts.vitals

shots: setup ## a picture of every widget, light and dark, wide and narrow, in book/_build/shots
	@$(BIN)/python -m scripts.widget_shots

.PHONY: scores
scores: setup ## grade all sample classes with both graders; writes the tables of the instructor's guide
	@$(BIN)/python -m scripts.score_matrix --write

.PHONY: solution
solution: setup ## the worked solutions of all assignments, in assignments/solution, for after the deadline
	@$(BIN)/python -m scripts.solution $(COURSE)
