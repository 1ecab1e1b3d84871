"""The course's colours, each for a light and for a dark page."""

from typing import NamedTuple


class Colour(NamedTuple):
    """One role's colour on a light and on a dark page, as hexadecimal RGB."""

    light: str
    dark: str


# The light values are also what a drawing contains until a picture is made of it; so no two may be
# equal. Every series colour has a contrast of 4.5 to its page, and neighbours differ in lightness
# to readers who see no red, no green or no blue; tests measure both.
PALETTE = {
    "ink": Colour("#14213d", "#e8edf4"),
    "muted": Colour("#566072", "#a9b4c4"),
    "line": Colour("#8a94a3", "#66717f"),
    "faint": Colour("#dfe4ec", "#2b3440"),
    "paper": Colour("#fffffe", "#12161d"),
    "result": Colour("#e3eefb", "#1b2f49"),
    "kernel": Colour("#efe6fa", "#352a4a"),
    "read": Colour("#fde3b8", "#5f4512"),
    "blue": Colour("#0b4f9c", "#7db8ff"),
    "amber": Colour("#b8560a", "#ffb04d"),
    "green": Colour("#0d7f66", "#58d3ac"),
    "rose": Colour("#c02f6d", "#ff92bd"),
    "violet": Colour("#4b2a8c", "#c6b1ff"),
    "grey": Colour("#6a7381", "#98a3b1"),
}
SERIES = tuple(PALETTE[name].light for name in ("blue", "amber", "green", "rose", "violet", "grey"))


def variable(name: str) -> str:
    """Return the CSS value of a role: the page's own, or the light one where no page sets it.

    Ink falls back to the surrounding text's colour, so that notebooks with a dark theme show it.

    >>> variable("blue")
    'var(--fig-blue, #0b4f9c)'
    >>> variable("ink")
    'var(--fig-ink, currentColor)'
    """
    return f"var(--fig-{name}, {'currentColor' if name == 'ink' else PALETTE[name].light})"


def style_sheet() -> str:
    """Return the CSS that sets every role for both themes; the book's build writes it to a file."""
    light, dark = (
        "".join(f"  --fig-{name}: {colour[theme]};\n" for name, colour in PALETTE.items())
        for theme in (0, 1)
    )
    return (
        f":root {{\n{light}}}\n"
        f'html[data-theme="dark"] {{\n{dark}}}\n'
        f'@media print {{\nhtml, html[data-theme="dark"] {{\n{light}}}\n}}\n'
    )
