"""Train the LeNet-5 that runs in the book's page, and write its weights as small integers.

``python scripts/train_widget_lenet.py DATA`` reads MNIST below DATA as torchvision lays it out and
writes ``src/convnet/widgets/lenet.npz``. Readers draw with a finger, not with a 1990s pen: the
digits are turned, shifted and scaled a little while training. On one thread the result is the same
again; the accuracy is printed before and after rounding.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.datasets import MNIST

from convnet.models import LeNet5, initialize

TARGET = Path(__file__).parents[1] / "src/convnet/widgets/lenet.npz"
EPOCHS, BATCH = 8, 128


def digits(data: str, train: bool) -> tuple[Tensor, Tensor]:
    """Return images (N, 1, 28, 28) from 0 to 1, and labels (N,)."""
    found = MNIST(data, train=train)
    return found.data[:, None] / 255, found.targets


def moved(x: Tensor, rng: torch.Generator) -> Tensor:
    """Return each image turned by up to 12 degrees, scaled by up to 10 % and shifted by up to 2."""
    n = len(x)
    angle, scale = (torch.rand(2, n, generator=rng) - 0.5) * torch.tensor([[0.42], [0.2]])
    shift = (torch.rand(n, 2, generator=rng) - 0.5) * 4 / 14
    cos, sin = (1 + scale) * angle.cos(), (1 + scale) * angle.sin()
    theta = torch.stack([cos, -sin, shift[:, 0], sin, cos, shift[:, 1]], 1).view(n, 2, 3)
    return F.grid_sample(x, F.affine_grid(theta, list(x.shape), False), align_corners=False)


def train(network: nn.Module, x: Tensor, labels: Tensor) -> None:
    """Run AdamW with a learning rate that falls along a cosine."""
    rng = torch.Generator().manual_seed(0)
    steps = EPOCHS * (len(x) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for epoch in range(EPOCHS):
        for chosen in torch.randperm(len(x), generator=rng)[: steps // EPOCHS * BATCH].split(BATCH):
            loss = F.cross_entropy(network(moved(x[chosen], rng)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss of the last batch {loss.item():.4f}", flush=True)


def accuracy(network: nn.Module, x: Tensor, labels: Tensor) -> float:
    """Return the share of images whose largest logit is their label's."""
    with torch.no_grad():
        return (network(x).argmax(1) == labels).float().mean().item()


def rounded(network: nn.Module) -> dict[str, np.ndarray]:
    """Round each array to 8-bit integers times one factor, in place; return both, by name."""
    arrays = {}
    for name, p in network.named_parameters():
        scale = (p.detach().abs().max() / 127).to(torch.float32)
        integers = (p.detach() / scale).round().to(torch.int8)
        arrays[name], arrays[f"{name}.scale"] = integers.numpy(), scale.numpy()
        p.data = integers * scale
    return arrays


def main(data: str) -> None:
    """Train, round, measure and write."""
    torch.set_num_threads(1)
    network = LeNet5()
    initialize(network, np.random.default_rng(0))
    train(network, *digits(data, train=True))
    test = digits(data, train=False)
    print(f"accuracy in float32: {accuracy(network, *test):.4f}")
    arrays = rounded(network)
    print(f"accuracy in 8 bits: {accuracy(network, *test):.4f}")
    np.savez_compressed(TARGET, **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
