"""Are the explanations the derivatives and the differences that they claim to be?"""

import numpy as np
import pytest
import torch

from convnet.explain import (
    gradient_times_input,
    half_turn_share,
    logit,
    logit_gradient,
    occlusion,
    rank_correlation,
    saliency,
    strongest_patches,
    window_means,
)
from convnet.gradcheck import numerical_gradient
from convnet.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from convnet.models import LeNet5
from convnet.network import Sequential
from convnet.networks import copy_to_torch, lenet5
from convnet.shapes import Field, summarize

RNG = np.random.default_rng(0)
X = RNG.random((3, 1, 28, 28))
CLASSES = np.array([3, 0, 9])


def lenet() -> Sequential:
    network = lenet5(rng=np.random.default_rng(1), dtype=np.float64)
    network.eval()
    return network


def test_the_gradient_is_autograds() -> None:
    network, module = lenet(), LeNet5().double()
    copy_to_torch(network, module)
    x = torch.tensor(X, requires_grad=True)
    chosen = module(x)[torch.arange(3), torch.tensor(CLASSES)]
    chosen.sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    np.testing.assert_allclose(logit(network, X, CLASSES), chosen.detach(), atol=1e-12)
    np.testing.assert_allclose(logit_gradient(network, X, CLASSES), x.grad, atol=1e-12)


def test_the_gradient_is_that_of_small_differences() -> None:
    network = Sequential(
        Conv2d(2, 3, 3, rng=RNG, dtype=np.float64), ReLU(), Flatten(),
        Linear(12, 4, rng=RNG, dtype=np.float64),
    )  # fmt: skip
    x, classes = RNG.normal(size=(2, 2, 4, 4)), np.array([1, 3])
    numerical = numerical_gradient(lambda: float(logit(network, x, classes).sum()), x)
    gradient = logit_gradient(network, x, classes)
    np.testing.assert_allclose(gradient, numerical, atol=1e-7)
    np.testing.assert_array_equal(saliency(network, x, classes), np.abs(gradient).max(axis=1))
    product = gradient_times_input(network, x, classes, fill=0.5)
    np.testing.assert_allclose(product, (gradient * (x - 0.5)).sum(axis=1))


def test_for_a_linear_network_occlusion_is_gradient_times_input_summed() -> None:
    network = Sequential(Flatten(), Linear(2 * 7 * 6, 5, rng=RNG, dtype=np.float64))
    x, classes = RNG.normal(size=(2, 2, 7, 6)), np.array([4, 0])
    for window, stride in ((2, 1), ((3, 2), 2), ((7, 6), 1)):
        area = np.prod(window) if isinstance(window, tuple) else window**2
        drops = occlusion(network, x, classes, window, stride, fill=0.25)
        sums = area * window_means(gradient_times_input(network, x, classes, 0.25), window, stride)
        np.testing.assert_allclose(drops, sums, atol=1e-12)


def test_without_biases_gradient_times_input_adds_up_to_the_logit() -> None:
    """Euler's theorem: ReLU and maxima scale with their input."""
    network = lenet()
    for layer in network.layers:
        if "bias" in layer.parameters:
            layer.parameters["bias"][...] = 0
    total = gradient_times_input(network, X, CLASSES).sum(axis=(1, 2))
    np.testing.assert_allclose(total, logit(network, X, CLASSES), atol=1e-10)


def test_a_covered_window_is_covered_in_one_image_only_and_x_is_left_alone() -> None:
    network, before = lenet(), X.copy()
    drops = occlusion(network, X, CLASSES, window=14, stride=14, fill=0.5)
    np.testing.assert_array_equal(X, before)
    covered = X.copy()
    covered[1, :, 14:, :14] = 0.5
    expected = logit(network, X, CLASSES) - logit(network, covered, CLASSES)
    assert drops.shape == (3, 2, 2)
    np.testing.assert_allclose(drops[1, 1, 0], expected[1], atol=1e-12)


def test_errors_say_what_to_pass() -> None:
    network = lenet()
    with pytest.raises(ValueError, match=r"classes has shape \(2,\), but needs one .* 3 images"):
        saliency(network, X, CLASSES[:2])
    with pytest.raises(ValueError, match=r"x has shape \(1, 28, 28\), but needs 4 axes"):
        saliency(network, X[0], CLASSES)
    with pytest.raises(ValueError, match=r"window is \(29, 29\), .* pass a smaller window"):
        occlusion(network, X, CLASSES, window=29)
    with pytest.raises(ValueError, match=r"stride is 0"):
        occlusion(network, X, CLASSES, stride=0)
    with pytest.raises(ValueError, match=r"count is 4, but needs .* images, 3; pass fewer"):
        strongest_patches(X, X, Field(), channel=0, count=4)


def test_ranks_are_spearmans() -> None:
    a, b = np.array([3.0, 1.0, 2.0, 5.0]), np.array([30.0, 10.0, 40.0, 50.0])
    d = np.array([3, 1, 2, 4]) - np.array([2, 1, 3, 4])
    assert rank_correlation(a, b) == pytest.approx(1 - 6 * (d**2).sum() / (4 * 15))
    assert rank_correlation(a, -(a**3)) == pytest.approx(-1)
    # Ties share their mean rank: 1.5, 1.5, 3 against 1, 2, 3.
    assert rank_correlation(np.array([0, 0, 1]), np.array([1, 2, 3])) == pytest.approx(3**0.5 / 2)
    assert np.isnan(rank_correlation(np.zeros(3), np.arange(3)))


def test_half_turn_shares_of_random_kernels_average_as_derived() -> None:
    kernels = np.random.default_rng(3).normal(size=(20_000, 1, 5, 5))
    assert half_turn_share(kernels).mean() == pytest.approx(13 / 25, abs=0.005)
    even = kernels[:3] + kernels[:3, :, ::-1, ::-1]
    np.testing.assert_allclose(half_turn_share(even), 1)


def test_the_strongest_patch_is_what_the_channel_reads() -> None:
    """Convolving the patch alone gives the response that it was found by."""
    conv = Conv2d(1, 4, 5, rng=np.random.default_rng(2), dtype=np.float64)
    network = Sequential(conv, MaxPool2d(2))
    maps = network.forward(X)
    fields = summarize(network, (1, 28, 28))[1].receptive_field
    assert fields is not None
    patches, strengths = strongest_patches(maps, X, fields[0], channel=2, count=3)
    assert patches.shape == (3, 1, 6, 6)
    assert list(strengths) == sorted(strengths, reverse=True)
    np.testing.assert_allclose(network.forward(patches)[:, 2, 0, 0], strengths, atol=1e-12)


def test_a_patch_at_the_border_is_filled() -> None:
    conv = Conv2d(1, 1, 3, padding=1, rng=np.random.default_rng(2), dtype=np.float64)
    conv.parameters["weight"][...] = 0
    conv.parameters["weight"][0, 0, 1, 1] = 1
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 0, 3] = 7
    patches, strengths = strongest_patches(conv.forward(x), x, Field(3, 1, -1), 0, 1)
    np.testing.assert_array_equal(patches[0, 0], [[0, 0, 0], [0, 7, 0], [0, 0, 0]])
    assert strengths[0] == pytest.approx(7 + conv.parameters["bias"][0])
