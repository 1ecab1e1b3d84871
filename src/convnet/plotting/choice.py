"""Several figures in one place, of which the reader chooses: what a slider shows, made in advance.

It works without scripts, by style rules. Print, and whoever reads without styles, gets all figures,
each under its name.
"""

import html
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from convnet.plotting.colours import variable
from convnet.plotting.picture import Picture


@dataclass(frozen=True)
class Choice:
    """Figures by name, one of them shown.

    Args:
        question: what is chosen, such as "standard deviation of the weights".
        options: at least two figures, by the name that the reader presses.
        chosen: the name shown first; default the first.

    Raises:
        ValueError: there are fewer than two options, or ``chosen`` is none of them.
    """

    question: str
    options: Mapping[str, Picture]
    chosen: str = ""

    def __post_init__(self) -> None:
        if len(self.options) < 2 or self.chosen not in {"", *self.options}:
            raise ValueError(
                f"options are {list(self.options)} and chosen is {self.chosen!r}, but at least two "
                "options are needed and chosen has to be one of them; leave it out for the first"
            )

    def _repr_html_(self) -> str:
        """Return buttons and figures as a notebook or a page shows them."""
        figures = [option._repr_html_() for option in self.options.values()]
        name = f"c{zlib.crc32((self.question + ''.join(figures)).encode()):08x}"
        first = list(self.options).index(self.chosen) if self.chosen else 0
        buttons, panels = [], []
        for k, (option, figure) in enumerate(zip(self.options, figures, strict=True)):
            said = html.escape(option)
            state = " checked" if k == first else ""
            buttons.append(
                f'<input type="radio" name="{name}" id="{name}-{k}"{state}>'
                f'<label for="{name}-{k}">{said}</label>'
            )
            panels.append(
                f'<div class="{name}-{k}"><p class="course-choice-name">{said}</p>{figure}</div>'
            )
        panels[0] = panels[0].replace(
            "</svg>", f"<style>{_rules(name, len(figures))}</style></svg>", 1
        )
        return (
            f'<fieldset class="course-choice {name}" style="border:0;padding:0;margin:1.6rem 0;'
            f'min-width:0"><legend style="float:none;font-size:1em;margin:0 0 .3rem">'
            f"{html.escape(self.question)}</legend>{''.join(buttons)}{''.join(panels)}</fieldset>"
        )


def _rules(name: str, number: int) -> str:
    """Return the style rules that show the pressed button's panel, and all of them in print."""
    shown = ",".join(f"#{name}-{k}:checked~.{name}-{k}" for k in range(number))
    pill = (
        f".{name}>label{{display:inline-block;margin:.15rem .9rem .15rem 0;cursor:pointer}}"
        f".{name}>input{{margin-right:.35rem;accent-color:{variable('blue')}}}"
    )
    return (
        f"{pill}@media screen{{.{name}>div{{display:none}}{shown}{{display:block}}"
        f".{name} .course-choice-name{{display:none}}}}"
        f"@media print{{.{name}>input,.{name}>label{{display:none}}}}"
    )
