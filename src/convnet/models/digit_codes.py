"""The output of the original LeNet-5: ten bitmaps of 7 x 12 pixels that it is compared with."""

from typing import Any

import torch
from torch import Tensor, nn

# Drawn for this course in the manner of the paper's figure 3. Digits that look alike have codes
# that are alike, so that a confusion stays among neighbours.
DIGITS = """
....... ....... ....... ....... .......
..###.. ...##.. ..###.. .#####. ....##.
.#...#. ..###.. .#...#. .....#. ...###.
#.....# .#.##.. #.....# ....#.. ...#.#.
#.....# ...##.. ......# ...#... ..#..#.
#.....# ...##.. .....#. ..###.. .#...#.
#.....# ...##.. ....#.. .....#. #....#.
#.....# ...##.. ...#... ......# #######
#.....# ...##.. ..#.... ......# .....#.
.#...#. ...##.. .#..... #....#. .....#.
..###.. .#####. ####### .####.. .....#.
....... ....... ....... ....... .......

....... ....... ....... ....... .......
####### ..####. ####### ..###.. ..###..
#...... .#..... ......# .#...#. .#...#.
#...... #...... .....#. #.....# #.....#
#.####. #...... .....#. .#...#. #.....#
##....# #.###.. ....#.. ..###.. .#...##
......# ##...#. ....#.. .#...#. ..###.#
......# #.....# ...#... #.....# ......#
......# #.....# ...#... #.....# ......#
#....#. .#...#. ..#.... .#...#. .....#.
.####.. ..###.. ..#.... ..###.. .####..
....... ....... ....... ....... .......
"""


def digit_codes() -> Tensor:
    """Return the codes of the digits 0 to 9: (10, 84), +1 for ink and -1 for paper.

    A code's 84 numbers are the rows of its bitmap, one after another.

    Source:
        LeCun, Bottou, Bengio and Haffner (1998), *Gradient-Based Learning Applied to Document
        Recognition*, section II.B, figure 3. Chapter: *LeNet-5 (1998)*.

    >>> codes = digit_codes()
    >>> codes.shape, sorted(set(codes.flatten().tolist()))
    (torch.Size([10, 84]), [-1.0, 1.0])
    """
    bands = [
        [line.split() for line in band.splitlines()] for band in DIGITS.strip().split("\n\n")
    ]  # 2 bands of 12 lines of 5 strings
    bitmaps = ["".join(rows) for band in bands for rows in zip(*band, strict=True)]
    return torch.tensor([[1.0 if pixel == "#" else -1.0 for pixel in bits] for bits in bitmaps])


class RadialBasisOutput(nn.Module):
    """Squared distances to fixed codes, negated: the closest code has the largest logit.

    ``logits[n,i] = - sum over j of (x[n,j] - codes[i,j])^2``. The paper writes the penalty
    ``y = -logits`` and minimizes it; negated, its equation 9 without the constant class is our
    softmax cross-entropy.

    Args:
        codes: one row a class, (num_classes, features); not trained.

    Source:
        LeCun et al. (1998), equations 7 to 9. Chapter: *LeNet-5 (1998)*.

    >>> RadialBasisOutput(torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))(torch.tensor([[1.0, 0.0]]))
    tensor([[-1., -5.]])
    """

    codes: Tensor

    def __init__(self, codes: Tensor) -> None:
        super().__init__()
        self.register_buffer("codes", codes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of ``x`` (N, features)."""
        return -(x[:, None] - self.codes).square().sum(-1)  # (N, num_classes, features) summed

    def describe(self) -> dict[str, Any]:
        """Return what the calculator reads: one product for each number of each code."""
        num_classes, features = self.codes.shape
        sizes = {"out_features": num_classes, "in_features": features}
        return {"kind": "Linear", "bias": False, **sizes}
