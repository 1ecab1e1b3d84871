"""Winograd's convolution: 36 multiplications where the definition of a convolution takes 144.

A 3 x 3 kernel makes 4 x 4 outputs of 6 x 6 pixels. Their definition multiplies 16 * 9 times. The
same outputs are the values of a product of polynomials, and such a product can be computed from 6
values along each axis: transform the pixels and the kernel, multiply number by number, transform
back,

    ``Y = A^T [(G w G^T) * (B^T x B)] A``.

All channels share the transforms, so each of the 36 numbers of a tile is a matrix product of its
own: kernels (F x C) times tiles (C x tiles). A tile written as one vector is transformed by one
matrix, the Kronecker product of a transform with itself. The gradients are those of three linear
maps and a product. What is saved is paid with rounding errors five to ten times as large.

Source: Lavin and Gray (2016), *Fast Algorithms for Convolutional Neural Networks*, section 4.
Chapter: *Fewer multiplications*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial.polynomial import polyfromroots

from convnet._check import check_at_least
from convnet.layers.memory import (
    Workspace,
    copy_samples_last,
    empty_maps,
    lies_samples_last,
    samples_last,
    slices,
)
from convnet.layers.unroll import LARGE_BYTES, TOGETHER
from convnet.layers.window import Window

Array = npt.NDArray[Any]

OUTPUTS, TAPS = 4, 3  # a tile has 4 x 4 outputs, the kernel 3 x 3 pixels
READ = OUTPUTS + TAPS - 1  # so a tile reads 6 x 6 pixels
POINTS = (0, 1, -1, 2, -2)  # small, so that their powers are; the sixth is infinity
MATRIX_BYTES = 2**20  # of the transformed pixels of a band; a core's L2 cache holds it
TILES = 96  # in a band at least: with many channels all its kernels are read for fewer
SAVES = 1.5  # times fewer multiplications; below, copying tiles costs what it saves


class Transforms(NamedTuple):
    """The three matrices of ``y = outputs @ ((kernel @ g) * (pixels @ x))``.

    Attributes:
        outputs: A^T, (m, m + r - 1).
        kernel: G, (m + r - 1, r).
        pixels: B^T, (m + r - 1, m + r - 1).
    """

    outputs: Array
    kernel: Array
    pixels: Array


def winograd_transforms(outputs: int, taps: int, points: tuple[float, ...]) -> Transforms:
    """Return the matrices with which so many outputs take ``outputs + taps - 1`` products.

    ``y[i] = sum over k of g[k] x[i + k]`` is the transpose of multiplying two polynomials, which
    are known by their values at ``outputs + taps - 1`` points: the given ones and infinity.

    Args:
        outputs: neighbouring outputs m, at least 1.
        taps: numbers r of the kernel, at least 1.
        points: ``m + r - 2`` different numbers, near 1 in size or zero: their powers round.

    Returns:
        The three matrices, float64. For integer points those of outputs and pixels are integers.

    Raises:
        ValueError: there are too many or too few points, or two are equal.

    Source:
        Winograd (1980), *Arithmetic Complexity of Computations*; the construction is Toom and
        Cook's, transposed. Chapter: *Fewer multiplications*.

    >>> a, g, b = winograd_transforms(2, 3, (0, 1, -1))
    >>> a @ ((g @ [1.0, 1.0, 1.0]) * (b @ [1.0, 2.0, 3.0, 4.0]))
    array([6., 9.])
    """
    count = check_at_least("outputs", outputs, 1) + check_at_least("taps", taps, 1) - 1
    if len(points) != count - 1 or len(set(points)) != count - 1:
        raise ValueError(
            f"points is {points}, but {outputs} outputs of {taps} taps need {count - 1} different "
            "numbers; pass for example (0, 1, -1) for 2 outputs of 3 taps"
        )
    pixels = np.zeros((count, count))
    kernel = np.zeros((count, taps))
    for row, point in enumerate(points):
        others = [other for other in points if other != point]
        pixels[row, : count - 1] = polyfromroots(others)  # zero there
        scale = np.prod([point - other for other in others])
        kernel[row] = point ** np.arange(taps) / scale
    # A polynomial's value at infinity: its highest coefficient.
    pixels[-1] = polyfromroots(points)
    kernel[-1, -1] = 1.0
    at_infinity = np.arange(outputs) == outputs - 1
    powers = np.vander(np.asarray(points, dtype=float), outputs, increasing=True)
    return Transforms(np.vstack([powers, at_infinity]).T, kernel, pixels)


def winograd_tile(x: Array, kernel: Array, transforms: Transforms) -> Array:
    """Cross-correlate one tile with one kernel: ``A^T [(G w G^T) * (B^T x B)] A``.

    This is the definition that the rest of this module computes for many tiles at once.

    Args:
        x: pixels (m + r - 1, m + r - 1).
        kernel: (r, r).
        transforms: of m outputs and r taps, from :func:`winograd_transforms`.

    Returns:
        Outputs (m, m).

    >>> winograd_tile(np.arange(16.0).reshape(4, 4), np.ones((3, 3)),
    ...               winograd_transforms(2, 3, (0, 1, -1)))
    array([[45., 54.],
           [81., 90.]])
    """
    a, g, b = transforms
    y: Array = a @ ((g @ kernel @ g.T) * (b @ x @ b.T)) @ a.T
    return y


@lru_cache(2)
def _transforms_of_tiles(dtype: np.dtype[Any]) -> Transforms:
    """Return the matrices for tiles written as vectors: (16, 36), (36, 9) and (36, 36)."""
    transforms = winograd_transforms(OUTPUTS, TAPS, POINTS)
    return Transforms(*(np.kron(each, each).astype(dtype) for each in transforms))


def suits_winograd(window: Window, channels: int, filters: int, groups: int) -> bool:
    """Return whether tiles of 4 x 4 outputs save enough multiplications to be worth their copies.

    They do for 3 x 3 kernels with many channels on both sides, and maps that tiles fill well.
    """
    one_by_one = (window.stride, window.dilation, groups) == ((1, 1), (1, 1), 1)
    if not one_by_one or window.kernel != (TAPS, TAPS):
        return False
    return Tiles(window, channels, filters).saved >= SAVES


@dataclass(frozen=True)
class Tiles:
    """The tiles of some samples: 4 x 4 outputs each, which read 6 x 6 pixels that overlap.

    Samples lie last: images come as (C, H, W, m).

    Attributes:
        window: the 3 x 3 window that moves over the images.
        channels: channels C of the images.
        filters: kernels F, channels of the output.
    """

    window: Window
    channels: int
    filters: int

    @cached_property
    def grid(self) -> tuple[int, int]:
        """Tiles along height and width; the last may reach over the edge."""
        rows, columns = self.window.output
        return -(-rows // OUTPUTS), -(-columns // OUTPUTS)

    @property
    def saved(self) -> float:
        """Multiplications of the definition over those of the tiles, with their transforms.

        Not with the kernels', which a batch needs once.
        """
        defined = prod(self.window.output) * TAPS**2 * self.channels * self.filters
        transforms = READ**4 * self.channels + READ**2 * OUTPUTS**2 * self.filters
        products = READ**2 * self.channels * self.filters
        return defined / (prod(self.grid) * (products + transforms))

    def together(self, x: Array) -> int:
        """Return how many samples to take at once: few of large images, unless they lie last."""
        one_sample = prod(self.grid) * self._tile_bytes(x.itemsize)
        large = one_sample > LARGE_BYTES and not lies_samples_last(x)
        return -(-TILES // prod(self.grid)) if large else TOGETHER

    def bands(self, image: Array) -> Iterator[slice]:
        """Split the rows of tiles into bands whose matrices fit the cache."""
        one_row = self.grid[1] * image.shape[-1]
        fitting = MATRIX_BYTES // (one_row * self._tile_bytes(image.itemsize))
        return slices(self.grid[0], max(fitting, -(-TILES // one_row)))

    def _tile_bytes(self, itemsize: int) -> int:
        return READ**2 * self.channels * itemsize

    def padded(self, x: Array, room: Workspace) -> Array:
        """Return images (m, C, H, W) as (C, H, W, m), with border and zeros to fill last tiles."""
        (top, _), (left, _) = self.window.sides
        height, width = self.window.image
        rows, columns = (OUTPUTS * count + TAPS - 1 for count in self.grid)
        image = room.array("image", (self.channels, rows, columns, len(x)), x.dtype)
        image.fill(0)
        copy_samples_last(image[:, top : top + height, left : left + width], x)
        return image

    def pixels(self, image: Array, band: slice, room: Workspace) -> Array:
        """Return the transformed tiles of a band: (36, C, tiles)."""
        (rows, columns), samples = (band.stop - band.start, self.grid[1]), image.shape[-1]
        shape = (READ, READ, self.channels, rows, columns, samples)
        tiles = room.array("tiles", shape, image.dtype)
        part = image[:, OUTPUTS * band.start :]
        for a, b in np.ndindex(READ, READ):
            tiles[a, b] = part[:, a::OUTPUTS, b::OUTPUTS][:, :rows, :columns]
        matrix = _transforms_of_tiles(image.dtype).pixels
        pixels = room.array("pixels", (READ**2, tiles[0, 0].size), image.dtype)
        np.matmul(matrix, tiles.reshape(READ**2, -1), out=pixels)
        return pixels.reshape(READ**2, self.channels, -1)

    def errors(self, grad: Array, band: slice, room: Workspace) -> Array:
        """Return the gradient of a band's products, of that of its outputs: (36, F, tiles).

        ``grad`` is (F, OH, OW, m). This is :meth:`write`, transposed.
        """
        (rows, columns), samples = (band.stop - band.start, self.grid[1]), grad.shape[-1]
        shape = (OUTPUTS, OUTPUTS, self.filters, rows, columns, samples)
        tiles = room.array("outputs", shape, grad.dtype)
        reached = OUTPUTS * band.stop, OUTPUTS * columns
        if reached[0] > grad.shape[1] or reached[1] > grad.shape[2]:
            tiles.fill(0)  # where a tile reaches over the edge
        for (a, b), there in self._outputs(grad, band):
            tiles[a, b, :, : there.shape[1], : there.shape[2]] = there
        matrix = _transforms_of_tiles(grad.dtype).outputs.T
        products = room.array("products", (READ**2, tiles[0, 0].size), grad.dtype)
        np.matmul(matrix, tiles.reshape(OUTPUTS**2, -1), out=products)
        return products.reshape(READ**2, self.filters, -1)

    def write(self, products: Array, band: slice, maps: Array, room: Workspace) -> None:
        """Transform the products of a band, (36, F, tiles), back into outputs (F, OH, OW, m)."""
        (rows, columns), samples = (band.stop - band.start, self.grid[1]), maps.shape[-1]
        matrix = _transforms_of_tiles(maps.dtype).outputs
        outputs = room.array("outputs", (OUTPUTS**2, products[0].size), maps.dtype)
        np.matmul(matrix, products.reshape(READ**2, -1), out=outputs)
        tiles = outputs.reshape(OUTPUTS, OUTPUTS, self.filters, rows, columns, samples)
        for (a, b), there in self._outputs(maps, band):
            there[...] = tiles[a, b, :, : there.shape[1], : there.shape[2]]

    def _outputs(self, maps: Array, band: slice) -> Iterator[tuple[tuple[int, int], Array]]:
        """Yield each place (a, b) of a tile and what all tiles of a band have there."""
        part = maps[:, OUTPUTS * band.start : OUTPUTS * band.stop]
        for a, b in np.ndindex(OUTPUTS, OUTPUTS):
            yield (a, b), part[:, a::OUTPUTS, b::OUTPUTS]


def winograd_conv2d(x: Array, weight: Array, bias: Array | None, window: Window) -> Array:
    """Cross-correlate images (N, C, H, W) with 3 x 3 kernels (F, C, 3, 3), tile by tile.

    ``Y = A^T [(G w G^T) * (B^T x B)] A`` for each tile, summed over channels between the brackets.
    Arguments are checked by who calls it: :func:`convnet.layers.conv2d`.
    """
    tiles = Tiles(window, x.shape[1], len(weight))
    transform = _transforms_of_tiles(x.dtype).kernel
    kernels = (transform @ weight.reshape(-1, TAPS**2).T).reshape(READ**2, *weight.shape[:2])
    together = tiles.together(x)
    y = empty_maps((len(x), len(weight), *window.output), x.dtype, last=together > 1)
    room = Workspace()
    for part in slices(len(x), together):
        image, maps = tiles.padded(x[part], room), y[part].transpose(1, 2, 3, 0)
        for band in tiles.bands(image):
            pixels = tiles.pixels(image, band, room)  # (36, C, tiles)
            shape = (READ**2, len(weight), pixels.shape[-1])
            products = np.matmul(kernels, pixels, out=room.array("products", shape, x.dtype))
            tiles.write(products, band, maps, room)
        if bias is not None:
            maps += bias[:, None, None, None]
    return y


def winograd_weight_gradient(grad_output: Array, x: Array, window: Window) -> Array:
    """Return the gradient of 3 x 3 kernels, (F, C, 3, 3): the same three maps, transposed.

    ``dL/dw = G^T [sum over tiles of (A dY A^T) * (B^T x B)] G``, for images (N, C, H, W) and the
    gradient of the outputs (N, F, OH, OW).
    """
    filters = grad_output.shape[1]
    tiles = Tiles(window, x.shape[1], filters)
    total = np.zeros((READ**2, filters, x.shape[1]), dtype=x.dtype)
    room = Workspace()
    for part in slices(len(x), tiles.together(x)):
        image, grad = tiles.padded(x[part], room), samples_last(grad_output[part])
        for band in tiles.bands(image):
            pixels = tiles.pixels(image, band, room)  # (36, C, tiles)
            errors = tiles.errors(grad, band, room)  # (36, F, tiles)
            total += errors @ pixels.swapaxes(1, 2)
    transform = _transforms_of_tiles(x.dtype).kernel
    return (transform.T @ total.reshape(READ**2, -1)).T.reshape(filters, x.shape[1], TAPS, TAPS)
