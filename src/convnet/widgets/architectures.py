"""The book's networks, as lists of layers that the network calculator reads.

They are held to :mod:`convnet.models` by tests, not built from it: this module needs no PyTorch.
"""

from typing import Any

Layer = dict[str, Any]


def conv(out: int, kernel: int, after: str = "relu", **options: int) -> Layer:
    """Return a convolution; ``after`` is "", "relu", "bn" or "bnrelu"."""
    return {"kind": "conv", "out": out, "kernel": kernel, **options, "after": after}


def halve(window: int = 2, **options: int) -> Layer:
    """Return max-pooling with stride 2."""
    return {"kind": "max", "kernel": window, "stride": 2, **options}


def dense(*sizes: int, dropout: bool = False) -> list[Layer]:
    """Return dense layers, all but the last with ReLU."""
    layers: list[Layer] = []
    for out in sizes[:-1]:
        layers += [{"kind": "dropout"}] * dropout
        layers.append({"kind": "dense", "out": out, "after": "relu"})
    return [*layers, {"kind": "dense", "out": sizes[-1]}]


def averaged(classes: int = 1000) -> list[Layer]:
    """Return a global average and one dense layer."""
    return [{"kind": "adaptive", "size": 1}, *dense(classes)]


STEM = [conv(64, 7, "bnrelu", stride=2, padding=3, bias=0), halve(3, padding=1)]


def vgg(*depths: int) -> list[Layer]:
    """Return VGG with so many convolutions in its five stages."""
    layers: list[Layer] = []
    for depth, channels in zip(depths, (64, 128, 256, 512, 512), strict=True):
        layers += [conv(channels, 3, padding=1)] * depth + [halve()]
    drop: Layer = {"kind": "dropout"}
    first, second, last = dense(4096, 4096, 1000)
    return [*layers, {"kind": "adaptive", "size": 7}, first, drop, second, drop, last]


def resnet(kind: str, *depths: int) -> list[Layer]:
    """Return ResNet with so many blocks of a kind in its four stages."""
    name = "out" if kind == "basic" else "inside"
    stages = [
        {"kind": kind, name: 64 * 2**n, "stride": 2 if n else 1, "repeat": depth}
        for n, depth in enumerate(depths)
    ]
    return [*STEM, *stages, *averaged()]


def inceptions(*rows: tuple[int, ...], large: int = 3) -> list[Layer]:
    """Return inception modules, each from its row of the paper's table 1."""
    names = ("one", "reduce3", "three", "reduce5", "five", "pool")
    return [
        {"kind": "inception", **dict(zip(names, row, strict=True)), "large": large} for row in rows
    ]


GOOGLENET = [
    conv(64, 7, "bnrelu", stride=2, padding=3, bias=0),
    halve(3, ceil=1),
    conv(64, 1, "bnrelu", bias=0),
    conv(192, 3, "bnrelu", padding=1, bias=0),
    halve(3, ceil=1),
    *inceptions((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    halve(3, ceil=1),
    *inceptions(
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    halve(2, ceil=1),
    *inceptions((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
    {"kind": "adaptive", "size": 1},
    {"kind": "dropout"},
    *dense(1000),
]


def densenet(*depths: int, growth: int = 32) -> list[Layer]:
    """Return DenseNet with so many layers in its four dense blocks."""
    layers = [*STEM]
    for n, depth in enumerate(depths):
        layers += [{"kind": "transition"}] * (n > 0)
        layers.append({"kind": "denseblock", "growth": growth, "depth": depth})
    return [*layers, {"kind": "norm"}, {"kind": "relu"}, *averaged()]


def _separable(out: int, stride: int = 1, repeat: int = 1) -> Layer:
    return {"kind": "separable", "out": out, "stride": stride, "repeat": repeat}


def _inverted(expand: int, out: int, repeat: int, stride: int) -> Layer:
    how = {"out": out, "stride": stride, "expand": expand, "repeat": repeat}
    return {"kind": "inverted", **how}


LENET = [conv(6, 5), halve(), conv(16, 5), halve(), *dense(120, 84, 10)]
LENET_1998: list[Layer] = [
    conv(6, 5, ""),
    {"kind": "subsample"},
    conv(16, 5, "", pairs=60),
    {"kind": "subsample"},
    conv(120, 5, ""),
    *dense(84),
    {"kind": "codes", "out": 10},
]
ALEXNET = [
    conv(64, 11, stride=4, padding=2),
    halve(3),
    conv(192, 5, padding=2),
    halve(3),
    conv(384, 3, padding=1),
    conv(256, 3, padding=1),
    conv(256, 3, padding=1),
    halve(3),
    {"kind": "adaptive", "size": 6},
    *dense(4096, 4096, 1000, dropout=True),
]
MOBILENET_V1 = [
    conv(32, 3, "bnrelu", stride=2, padding=1, bias=0),
    _separable(64),
    *(layer for out in (128, 256) for layer in (_separable(out, 2), _separable(out))),
    _separable(512, 2),
    _separable(512, repeat=5),
    _separable(1024, 2),
    _separable(1024),
    *averaged(),
]
MOBILENET_V2 = [
    conv(32, 3, "bnrelu", stride=2, padding=1, bias=0),
    _inverted(1, 16, 1, 1),
    _inverted(6, 24, 2, 2),
    _inverted(6, 32, 3, 2),
    _inverted(6, 64, 4, 2),
    _inverted(6, 96, 3, 1),
    _inverted(6, 160, 3, 2),
    _inverted(6, 320, 1, 1),
    conv(1280, 1, "bnrelu", bias=0),
    {"kind": "adaptive", "size": 1},
    {"kind": "dropout"},
    *dense(1000),
]

# Title, shape of one sample, layers.
ARCHITECTURES: tuple[tuple[str, tuple[int, ...], list[Layer]], ...] = (
    ("LeNet-5, as taught today", (1, 28, 28), LENET),
    ("the 6×6 network", (1, 6, 6), [conv(1, 3), halve(), *dense(3)]),
    (
        "CIFAR-10 CNN",
        (3, 32, 32),
        [conv(32, 3, padding=1), halve(), conv(64, 3, padding=1), halve(), *dense(128, 10)],
    ),
    *(
        (f"MLP {'-'.join(map(str, sizes))}", sizes[:1], dense(*sizes[1:]))
        for sizes in ((13, 8, 6, 1), (4, 8, 6, 3), (784, 128, 64, 10))
    ),
    ("MLP for CIFAR-10", (3072,), dense(1536, 768, 384, 128, 10)),
    ("LeNet-5 (1998)", (1, 32, 32), LENET_1998),
    ("AlexNet", (3, 224, 224), ALEXNET),
    ("VGG-11", (3, 224, 224), vgg(1, 1, 2, 2, 2)),
    ("VGG-16", (3, 224, 224), vgg(2, 2, 3, 3, 3)),
    ("VGG-19", (3, 224, 224), vgg(2, 2, 4, 4, 4)),
    ("GoogLeNet", (3, 224, 224), GOOGLENET),
    ("ResNet-18", (3, 224, 224), resnet("basic", 2, 2, 2, 2)),
    ("ResNet-34", (3, 224, 224), resnet("basic", 3, 4, 6, 3)),
    ("ResNet-50", (3, 224, 224), resnet("bottleneck", 3, 4, 6, 3)),
    ("ResNet-152", (3, 224, 224), resnet("bottleneck", 3, 8, 36, 3)),
    ("DenseNet-121", (3, 224, 224), densenet(6, 12, 24, 16)),
    ("MobileNetV1", (3, 224, 224), MOBILENET_V1),
    ("MobileNetV2", (3, 224, 224), MOBILENET_V2),
)
