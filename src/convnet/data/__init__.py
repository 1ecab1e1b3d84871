"""Images to learn from: a few digits that come along, and the well-known sets from a folder.

:func:`load_digits` needs nothing. The others read the folder that the environment variable
``CONVNET_DATA`` names, in the layout of ``torchvision.datasets``; they download only when asked to.
"""

from convnet.data.cifar import load_cifar10
from convnet.data.digits import load_digits
from convnet.data.images import Images
from convnet.data.mnist import load_fashion_mnist, load_mnist

__all__ = ["Images", "load_cifar10", "load_digits", "load_fashion_mnist", "load_mnist"]
