"""The ten bitmaps of 7 x 12 pixels that the output of the original LeNet-5 is compared with."""

import torch
from torch import Tensor

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
