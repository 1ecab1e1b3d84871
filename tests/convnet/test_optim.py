"""Do the optimizers move weights as PyTorch's do, and remember what the next step depends on?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convnet.optim import SGD, Adam, AdamW, Optimizer, clip_grad_norm, clip_grad_value, grad_norm

Array = npt.NDArray[Any]
SEEDS = st.integers(0, 2**32 - 1)
RATES = st.floats(1e-4, 0.5)
DECAYS = st.sampled_from([0.0, 1e-4, 0.1])
STEPS = 60
SHAPES = {"weight": (3, 2), "bias": (3,)}
KINDS: list[Callable[[dict[str, Array]], Optimizer]] = [
    lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.01),
    lambda p: SGD(p, 0.1, momentum=0.9, nesterov=True),
    lambda p: Adam(p, 0.1, weight_decay=0.01),
    lambda p: AdamW(p, 0.1),
]


def drawn(rng: np.random.Generator, dtype: Any = np.float64) -> dict[str, Array]:
    """Return an array for each name."""
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in SHAPES.items()}


def as_torch(arrays: dict[str, Array]) -> dict[str, torch.nn.Parameter]:
    """Return the same numbers as parameters of PyTorch's own."""
    return {name: torch.nn.Parameter(torch.tensor(a)) for name, a in arrays.items()}


def compare(
    ours: Optimizer, theirs: torch.optim.Optimizer, weights: dict[str, torch.nn.Parameter], rng: Any
) -> None:
    """Take the same steps with both, and compare the weights after each."""
    for _ in range(STEPS):
        gradients = drawn(rng)
        ours.step(gradients)
        for name, weight in weights.items():
            weight.grad = torch.tensor(gradients[name])
        theirs.step()
        for name, weight in weights.items():
            np.testing.assert_allclose(
                ours.params[name], weight.detach().numpy(), rtol=1e-10, atol=1e-10, err_msg=name
            )


@settings(max_examples=50)  # of sixty steps each
@given(SEEDS, RATES, st.floats(0, 0.99), DECAYS, st.booleans())
def test_sgd_steps_as_pytorchs(
    seed: int, lr: float, momentum: float, decay: float, nesterov: bool
) -> None:
    rng = np.random.default_rng(seed)
    params = drawn(rng)
    options = {"lr": lr, "momentum": momentum, "weight_decay": decay}
    options["nesterov"] = nesterov and momentum > 0
    weights = as_torch(params)
    compare(SGD(params, **options), torch.optim.SGD(weights.values(), **options), weights, rng)


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
@settings(max_examples=50)  # of sixty steps each
# With b2 near 0 the step is a quotient of the latest gradient, which may be next to nothing, and
# the difference of two roundings grows without limit.
@given(seed=SEEDS, lr=RATES, b1=st.floats(0, 0.99), b2=st.floats(0.5, 0.9999), decay=DECAYS)
def test_adam_steps_as_pytorchs(
    ours: Any, theirs: Any, seed: int, lr: float, b1: float, b2: float, decay: float
) -> None:
    rng = np.random.default_rng(seed)
    params = drawn(rng)
    weights = as_torch(params)
    options = {"lr": lr, "betas": (b1, b2), "eps": 1e-6, "weight_decay": decay}
    compare(ours(params, **options), theirs(weights.values(), **options), weights, rng)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)],
    ids=["Adam", "AdamW"],
)
def test_defaults_are_pytorchs(ours: Any, theirs: Any) -> None:
    rng = np.random.default_rng(0)
    params = drawn(rng)
    weights = as_torch(params)
    compare(ours(params), theirs(weights.values()), weights, rng)


def test_sgds_default_rate_is_pytorchs() -> None:
    rng = np.random.default_rng(0)
    params = drawn(rng)
    weights = as_torch(params)
    compare(SGD(params), torch.optim.SGD(weights.values()), weights, rng)


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW])
def test_excluded_names_do_not_decay(kind: Any) -> None:
    rng = np.random.default_rng(1)
    params = drawn(rng)
    weights = as_torch(params)
    groups: list[dict[str, Any]] = [
        {"params": [weights["weight"]], "weight_decay": 0.3},
        {"params": [weights["bias"]], "weight_decay": 0.0},
    ]
    theirs = getattr(torch.optim, kind.__name__)(groups, lr=0.05)
    compare(kind(params, 0.05, weight_decay=0.3, no_decay=["bi*"]), theirs, weights, rng)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_in_place_and_keep_the_dtype(kind: Any, dtype: Any) -> None:
    params = drawn(np.random.default_rng(0), dtype)
    arrays, before = dict(params), {name: a.copy() for name, a in params.items()}
    optimizer = kind(params)
    gradients = drawn(np.random.default_rng(1), dtype)
    kept = {name: g.copy() for name, g in gradients.items()}
    for _ in range(3):
        optimizer.step(gradients)
    for name, array in arrays.items():
        assert array.dtype == dtype
        assert not np.array_equal(array, before[name])
        np.testing.assert_array_equal(gradients[name], kept[name])
    for name, array in optimizer.state().items():
        assert array.dtype == dtype or name in {"steps", "lr"}


@pytest.mark.parametrize("kind", KINDS)
def test_state_is_all_that_the_next_step_depends_on(kind: Any) -> None:
    rng = np.random.default_rng(0)
    params = drawn(rng)
    first = kind(params)
    first.step(drawn(rng))
    first.lr = 0.03
    second = kind({name: a.copy() for name, a in params.items()})
    second.load_state({name: a.copy() for name, a in first.state().items()})
    for _ in range(3):
        gradients = drawn(rng)
        first.step(gradients)
        second.step(gradients)
    for name in SHAPES:
        np.testing.assert_array_equal(first.params[name], second.params[name])


def test_clipping_is_pytorchs() -> None:
    for limit in (0.5, 100.0):
        gradients = drawn(np.random.default_rng(0))
        weights = as_torch(gradients)
        for name, weight in weights.items():
            weight.grad = torch.tensor(gradients[name])
        expected = float(torch.nn.utils.clip_grad_norm_(weights.values(), limit))
        assert clip_grad_norm(gradients, limit) == pytest.approx(expected, abs=1e-12)
        for name, weight in weights.items():
            assert weight.grad is not None
            np.testing.assert_allclose(gradients[name], weight.grad.numpy(), rtol=1e-12)
        assert grad_norm(gradients) <= limit


def test_clipping_by_value_limits_each_number() -> None:
    gradients = {"a": np.array([-3.0, 0.2, 7.0])}
    clip_grad_value(gradients, 0.5)
    np.testing.assert_array_equal(gradients["a"], [-0.5, 0.2, 0.5])


ONE = {"w": np.zeros(2)}


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: SGD({}), ValueError, "params is empty, but an optimizer needs something to train"),
        (lambda: SGD({"w": np.zeros(2, int)}), TypeError, "w has dtype int64, but layers need"),
        (lambda: SGD(ONE, lr=-1), ValueError, "lr is -1, but needs to be at least 0; pass"),
        (lambda: SGD(ONE, lr=float("nan")), ValueError, "lr is nan, but needs to be at least 0"),
        (lambda: SGD(ONE, momentum=1), ValueError, "momentum is 1, but needs .* less than 1; pass"),
        (lambda: SGD(ONE, weight_decay=-1), ValueError, "weight_decay is -1, but needs"),
        (lambda: SGD(ONE, nesterov=True), ValueError, "nesterov is True and momentum 0.*=0.9"),
        (lambda: SGD(ONE, no_decay=["b*"]), ValueError, r"'b\*', which fits no .* names are w;"),
        (lambda: SGD(ONE, no_decay="w"), TypeError, r"is the string 'w', .* pass \['w'\]"),
        (lambda: Adam(ONE, betas=(0.9, 1)), ValueError, r"betas\[1\] is 1, but needs"),
        (lambda: Adam(ONE, eps=0), ValueError, "eps is 0, but needs to be above 0; pass"),
        (lambda: SGD(ONE).step({}), ValueError, r"gradients lack \['w'\] and have nothing too"),
        (lambda: SGD(ONE).step({**ONE, "v": ONE["w"]}), ValueError, r"lack nothing and have \['v'"),
        (lambda: SGD(ONE).step({"w": np.zeros(3)}), ValueError, r"gradients\['w'\] has shape \(3,"),
        (
            lambda: SGD(ONE).step({"w": np.zeros(2, np.float32)}),
            TypeError,
            r"gradients\['w'\] has dtype float32, but its parameter has float64",
        ),
        (
            lambda: SGD(ONE).load_state(Adam(ONE).state()),
            ValueError,
            "but this SGD needs .*; build the optimizer as when they were saved",
        ),
        (
            lambda: Adam({"w": np.zeros(3)}).load_state(Adam(ONE).state()),
            ValueError,
            r"mean.w has shape \(2,\), but needs the shape of the optimizer's own, \(3,\)",
        ),
        (lambda: clip_grad_norm({}, 0), ValueError, "max_norm is 0, but needs to be above 0"),
        (lambda: clip_grad_value({}, -1), ValueError, "clip_value is -1, but needs to be above"),
        (lambda: Optimizer(ONE, 1.0, 0.0, ()).step(ONE), NotImplementedError, "_update"),
    ],
)
def test_errors_say_what_to_do(wrong: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        wrong()
