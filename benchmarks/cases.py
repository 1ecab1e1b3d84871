"""What is measured: convolutions and poolings of the course's networks, and a few larger ones."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConvCase:
    """One convolution on one batch.

    Attributes:
        name: short name in tables.
        batch: (N, C, H, W).
        filters: kernels.
        kernel: side of the window.
        stride: its step.
        padding: zeros on each side.
        target: largest ratio to PyTorch's forward and backward that we allow ourselves, or None.
        is_first: whether it is a first layer, which needs no gradient of its input.
    """

    name: str
    batch: tuple[int, int, int, int]
    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    target: float | None = None
    is_first: bool = False

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """Shape of the kernels."""
        return (self.filters, self.batch[1], self.kernel, self.kernel)

    @property
    def output(self) -> tuple[int, int, int, int]:
        """Shape of the feature maps."""
        reach = 2 * self.padding - self.kernel
        height, width = ((n + reach) // self.stride + 1 for n in self.batch[2:])
        return (self.batch[0], self.filters, height, width)

    @property
    def flops(self) -> int:
        """Multiplications and additions of the forward pass."""
        samples, filters, height, width = self.output
        return 2 * samples * filters * height * width * self.batch[1] * self.kernel**2


@dataclass(frozen=True)
class PoolCase:
    """One pooling on one batch; attributes as in :class:`ConvCase`."""

    name: str
    batch: tuple[int, int, int, int]
    kernel: int
    stride: int
    padding: int = 0
    target: float = 0.7


CONVOLUTIONS = (
    ConvCase("L1", (64, 1, 28, 28), 6, 5, is_first=True),
    ConvCase("L2", (64, 6, 12, 12), 16, 5, target=1.5),
    ConvCase("C1", (64, 3, 32, 32), 32, 3, is_first=True),
    ConvCase("C2", (64, 32, 15, 15), 64, 3, target=1.5),
    ConvCase("V", (8, 64, 56, 56), 64, 3, padding=1, target=1.3),
    ConvCase("S", (8, 64, 56, 56), 128, 3, stride=2, padding=1, target=1.3),
    ConvCase("P", (8, 256, 28, 28), 64, 1, target=1.15),
)

POOLINGS = (
    PoolCase("2x2", (64, 6, 24, 24), 2, 2),
    PoolCase("2x2 wide", (64, 32, 30, 30), 2, 2),
    PoolCase("3x3 s2", (8, 64, 112, 112), 3, 2, padding=1),
)

# Largest ratio to PyTorch's whole training step, by network and threads.
STEP_TARGETS = {"LeNet": {1: 0.80, 2: 1.15}, "CIFAR CNN": {1: 1.10, 2: 1.15}}
GEMM_TARGET = 0.75  # share of the machine's matrix-product speed that V's forward pass must reach
