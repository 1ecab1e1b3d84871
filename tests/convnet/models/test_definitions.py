"""Do networks that torchvision lacks compute what their tables say, written once more here?"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convnet import models
from convnet.models.inception import Branches, Inception
from convnet.models.residual import BasicBlock, Bottleneck

X = torch.randn(2, 3, 40, 47, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def drawn(network: nn.Module) -> nn.Module:
    """Draw all numbers, statistics of the normalizations too, in float64, for evaluation."""
    rng = np.random.default_rng(0)
    models.initialize(network, rng)
    for name, tensor in network.state_dict().items():
        if tensor.ndim == 1:
            low, high = (-0.1, 0.1) if name.endswith(("bias", "mean")) else (0.5, 1.5)
            tensor.copy_(torch.from_numpy(rng.uniform(low, high, tuple(tensor.shape))))
    return network.double().eval()


def unit(
    x: Tensor, entries: Iterator[Tensor], stride: int = 1, *, relu: bool = True, eps: float = 1e-5
) -> Tensor:
    """Convolve, normalize, rectify: a group for each channel if the kernel is that thin."""
    weight, gamma, beta, mean, variance, _ = (next(entries) for _ in range(6))
    groups = x.shape[1] // weight.shape[1]
    y = F.conv2d(x, weight, stride=stride, padding=weight.shape[2] // 2, groups=groups)
    scale = gamma / torch.sqrt(variance + eps)
    y = (y - mean[:, None, None]) * scale[:, None, None] + beta[:, None, None]
    return y.clamp(min=0) if relu else y


def dense(x: Tensor, entries: Iterator[Tensor]) -> Tensor:
    weight, bias = next(entries), next(entries)
    return x @ weight.T + bias


def close(ours: Tensor, expected: Tensor) -> None:
    assert expected.std() > 1e-3
    torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-10)


def test_mobilenet_v1_is_its_table_1() -> None:
    network = drawn(models.MobileNetV1(num_classes=5, width=0.25))
    entries = iter(network.state_dict().values())
    x = unit(X, entries, stride=2)
    for stride in (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1):
        x = unit(unit(x, entries, stride), entries)
    close(network(X), dense(x.mean((2, 3)), entries))


def test_an_inception_module_with_a_5x5_kernel_is_figure_2b() -> None:
    module = drawn(Inception(3, Branches(2, 3, 4, 2, 5, 6), large_kernel=5))
    entries = iter(module.state_dict().values())
    eps = 1e-3
    one = unit(X, entries, eps=eps)
    three = unit(unit(X, entries, eps=eps), entries, eps=eps)
    five = unit(unit(X, entries, eps=eps), entries, eps=eps)
    pool = unit(F.max_pool2d(X, 3, 1, 1), entries, eps=eps)
    close(module(X), torch.cat((one, three, five, pool), dim=1))
    assert module.five[1].conv.kernel_size == (5, 5)


def test_residual_blocks_add_their_input_and_plain_ones_do_not() -> None:
    for block in (BasicBlock, Bottleneck):
        with_skip, without = (
            drawn(block(4 * block.expansion, 4, skip=skip)) for skip in (True, False)
        )
        models.copy_weights(with_skip, without)  # the identity has no weights
        x = torch.randn(2, 4 * block.expansion, 5, 5, dtype=torch.float64)
        residual = with_skip.residual(x)
        close(with_skip(x), (residual + x).clamp(min=0))
        close(without(x), residual.clamp(min=0))


def test_the_lectures_lenet_is_its_table() -> None:
    network = drawn(models.LeNet5())
    w1, b1, w2, b2, *_ = network.state_dict().values()
    entries = iter(list(network.state_dict().values())[4:])
    x = X[:, :1, :28, :28]
    y = F.max_pool2d(F.conv2d(x, w1, b1).clamp(min=0), 2)
    y = F.max_pool2d(F.conv2d(y, w2, b2).clamp(min=0), 2).flatten(1)
    assert y.shape == (2, 256)
    y = dense(y, entries).clamp(min=0)
    y = dense(y, entries).clamp(min=0)
    close(network(x), dense(y, entries))


def test_the_lectures_cifar_network_is_its_table() -> None:
    network = drawn(models.CIFARNet())
    w1, b1, w2, b2, *_ = network.state_dict().values()
    entries = iter(list(network.state_dict().values())[4:])
    x = X[:, :, :32, :32]
    y = F.max_pool2d(F.conv2d(x, w1, b1, padding="same").clamp(min=0), 2)
    y = F.max_pool2d(F.conv2d(y, w2, b2, padding="same").clamp(min=0), 2).flatten(1)
    assert y.shape == (2, 4096)
    y = dense(y, entries).clamp(min=0)
    close(network(x), dense(y, entries))
