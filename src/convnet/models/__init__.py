"""The course's networks in PyTorch, one architecture a module, each built from named blocks.

Every network takes ``num_classes``, ``in_channels`` and ``width`` (a factor on its channels, for
small budgets) where they make sense, and turns images (N, C, H, W) into logits (N, num_classes).

>>> import torch
>>> network = resnet18(num_classes=10, width=0.25)
>>> network(torch.zeros(2, 3, 32, 32)).shape, count_parameters(network)
(torch.Size([2, 10]), 703386)
"""

from convnet.models.alexnet import AlexNet
from convnet.models.cifar import CIFARNet
from convnet.models.densenet import DenseNet, densenet121
from convnet.models.googlenet import GoogLeNet
from convnet.models.lenet import LeNet5
from convnet.models.lenet1998 import LeNet5Original
from convnet.models.mlp import MLP
from convnet.models.mobilenet import MobileNetV1
from convnet.models.mobilenet_v2 import MobileNetV2
from convnet.models.resnet import ResNet, resnet18, resnet34, resnet50, resnet152
from convnet.models.vgg import VGG, vgg11, vgg16, vgg19
from convnet.models.weights import copy_weights, count_parameters, initialize

__all__ = [
    "MLP",
    "VGG",
    "AlexNet",
    "CIFARNet",
    "DenseNet",
    "GoogLeNet",
    "LeNet5",
    "LeNet5Original",
    "MobileNetV1",
    "MobileNetV2",
    "ResNet",
    "copy_weights",
    "count_parameters",
    "densenet121",
    "initialize",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet152",
    "vgg11",
    "vgg16",
    "vgg19",
]
