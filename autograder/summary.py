"""What a run ends with: the class as a table, and a count."""

from rich.console import Console
from rich.table import Table

from autograder.backends import SAID
from autograder.journal import REVIEW, Outcome

MOST_ROWS = 60  # of a larger class only those are listed who need review


def print_results(assignment: str, outcomes: list[Outcome]) -> None:
    """Print the table and the summary."""
    console = Console()
    shown = outcomes
    if len(outcomes) > MOST_ROWS:
        shown = [o for o in outcomes if o.outcome == REVIEW][:MOST_ROWS]
    if shown:
        console.print(results_table(assignment, shown))
    console.print(summary(outcomes), highlight=False, soft_wrap=True)


def summary(outcomes: list[Outcome]) -> str:
    """Return the counts in a sentence."""
    review = sum(o.outcome == REVIEW for o in outcomes)
    by_hand = sum(o.needs_manual_grade for o in outcomes)
    text = (
        f"{len(outcomes)} submissions: {len(outcomes) - review} graded, {review} need review, "
        f"{by_hand} have an answer to grade by hand"
    )
    if any(o.sandbox == "none" for o in outcomes):
        text += f"; {SAID['none']}"
    return text


def results_table(assignment: str, outcomes: list[Outcome]) -> Table:
    """Return the class as a table, with the reasons where a person should look."""
    table = Table(title=f"{assignment}: {len(outcomes)} submissions", title_justify="left")
    table.add_column("student")
    table.add_column("score", justify="right")
    table.add_column("of", justify="right")
    table.add_column("outcome")
    table.add_column("to look at", overflow="fold")
    table.add_column("s", justify="right")
    for o in outcomes:
        manual = ["an answer to grade by hand"] if o.needs_manual_grade else []
        notes = "; ".join([*o.reasons, *manual])
        table.add_row(
            o.student, f"{o.score:g}", f"{o.max_score:g}", o.outcome, notes, f"{o.seconds:.1f}"
        )
    return table
