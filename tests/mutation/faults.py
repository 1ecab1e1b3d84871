"""Faults that a student or a hurried engineer makes in a layer, each as one change of the source.

``before`` has to occur exactly once in its file, which keeps every fault where it was meant when
the code changes: a test fails, and the fault is written anew for the new code.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    """One deliberate mistake."""

    name: str
    file: str  # below src/convnet
    before: str
    after: str
    tests: str  # below tests/convnet: the file that should turn red


CONV, LOOPS, UNROLL = "layers/conv.py", "layers/conv_loops.py", "layers/unroll.py"
PAINTING, T_PAINTING = "layers/painting.py", "layers/test_painting.py"
POINTWISE, T_POINTWISE = "layers/pointwise.py", "layers/test_pointwise.py"
WINOGRAD, T_WINOGRAD = "layers/winograd.py", "layers/test_winograd.py"
TRANSPOSE, NORM = "layers/conv_transpose.py", "layers/normalization.py"
BATCH_NORM = "layers/batch_norm.py"
MAX_POOL, AVG_POOL = "layers/max_pool.py", "layers/avg_pool.py"
DENSE, ACTIVATION, LOSS = "layers/dense.py", "layers/activation.py", "layers/loss.py"
WINDOW, PHASES, DROPOUT = "layers/window.py", "layers/phases.py", "layers/dropout.py"
NETWORK, INIT, GRADCHECK = "network.py", "init.py", "gradcheck.py"

T_CONV, T_TRANSPOSE = "layers/test_conv.py", "layers/test_conv_transpose.py"
T_POOL, T_NORM, T_DENSE = "layers/test_pool.py", "layers/test_norm.py", "layers/test_dense.py"
T_ACTIVATION, T_LOSS = "layers/test_activation.py", "layers/test_loss.py"
T_DROPOUT, T_SEPARABLE = "layers/test_dropout.py", "layers/test_separable.py"
T_CONTRACT, T_ERRORS = "layers/test_contract.py", "layers/test_errors.py"
T_NETWORK, T_SAVING = "test_network.py", "test_saving.py"
T_INIT, T_GRADCHECK = "test_init.py", "test_gradcheck.py"

CONVOLUTION = [
    Fault(
        "convolution flips its kernels",
        UNROLL,
        "weight.transpose(0, 2, 1, 3)",
        "weight[:, :, ::-1, ::-1].transpose(0, 2, 1, 3)",
        T_CONV,
    ),
    Fault(
        "convolution transposes its kernels",
        UNROLL,
        "weight.transpose(0, 2, 1, 3)",
        "weight.transpose(0, 3, 1, 2)",
        T_CONV,
    ),
    Fault(
        "convolution forgets the bias",
        CONV,
        "y += bias",
        "y += 0 * bias",
        T_CONV,
    ),
    Fault(
        "of the kernel rows only the last counts",
        CONV,
        "into += matrix @ product.read",
        "into[...] = matrix @ product.read",
        T_CONV,
    ),
    Fault(
        "what is no view of the maps never reaches them",
        CONV,
        "there[...] = into.reshape(there.shape)",
        "pass",
        T_CONV,
    ),
    Fault(
        "the kernels' gradient has the wrong sign",
        CONV,
        "total += (product.read @ errors",
        "total -= (product.read @ errors",
        T_CONV,
    ),
    Fault(
        "the kernels' gradient comes transposed",
        UNROLL,
        "return np.ascontiguousarray(by_row.swapaxes(1, 2))",
        "return by_row.transpose(0, 2, 3, 1).reshape(self.filters, -1, kernel_h, kernel_w)",
        T_CONV,
    ),
    Fault(
        "the layer sets no gradient of its biases",
        CONV,
        '            self.gradients["bias"] = bias',
        "            pass",
        T_CONV,
    ),
    Fault(
        "the biases' gradient is a mean over the batch",
        CONV,
        "return ConvGradients(grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3)))",
        "return ConvGradients(grad_x, grad_weight, grad_output.mean(axis=0).sum(axis=(1, 2)))",
        T_CONV,
    ),
    Fault(
        "the layer forgets its groups in the backward pass",
        CONV,
        'gradients = conv2d_backward(grad_output, x, self.parameters["weight"], *self._how)',
        'gradients = conv2d_backward(grad_output, x, self.parameters["weight"], *self._how[:3])',
        T_CONV,
    ),
    Fault(
        "the kernels' gradient is that of the latest band alone",
        CONV,
        "total += (product.read @ errors",
        "total[...] = (product.read @ errors",
        T_CONV,
    ),
    Fault(
        "overlapping windows overwrite each other's gradients",
        PAINTING,
        "seen += parts[:, b]",
        "seen[...] = parts[:, b]",
        T_CONV,
    ),
    Fault(
        "the images' gradient is a convolution with kernels that are not flipped",
        CONV,
        "split = weight[:, :, ::-1, ::-1].reshape",
        "split = weight.reshape",
        T_CONV,
    ),
    Fault(
        "the second part of a batch gets the first part's maps",
        CONV,
        "maps = y[part].transpose",
        "maps = y[: part.stop - part.start].transpose",
        T_CONV,
    ),
    Fault(
        "rows of the wrong stride phase",
        UNROLL,
        "part = seen[:, :, phase :: self.step]",
        "part = seen[:, :, (phase + 1) % self.step :: self.step]",
        T_CONV,
    ),
    Fault(
        "rows of outputs begin to read one row apart, whatever the stride",
        UNROLL,
        "unrolled[:, index * self.step :]",
        "unrolled[:, index:]",
        T_CONV,
    ),
    Fault(
        "dilated kernels read neighbouring rows",
        UNROLL,
        "return self.window.dilation[0] if self.window.kernel[0] > 1 else self.window.stride[0]",
        "return 1",
        T_CONV,
    ),
    Fault(
        "rows of outputs between dilated ones are left out",
        UNROLL,
        "for first in range(min(self.apart, self.window.output[0])):",
        "for first in range(1):",
        T_CONV,
    ),
    Fault(
        "kernel rows paint a row in the order in which they read it",
        PAINTING,
        "[phase :: rows.step][::-1]",
        "[phase :: rows.step]",
        T_CONV,
    ),
    Fault(
        "kernels of one pixel read the rows from below",
        POINTWISE,
        "return x[:, :, down, across]",
        "return x[:, :, down, across][:, :, ::-1]",
        T_POINTWISE,
    ),
    Fault(
        "kernels of one pixel do not see that there is a border",
        POINTWISE,
        "return window.kernel == (1, 1) and window.sides == ((0, 0), (0, 0))",
        "return window.kernel == (1, 1)",
        T_POINTWISE,
    ),
    Fault(
        "of a batch only the first sample changes kernels of one pixel",
        POINTWISE,
        "products.sum(axis=0)",
        "products[0]",
        T_POINTWISE,
    ),
    Fault(
        "dilation is ignored along the width",
        WINDOW,
        "top, left = a * self.dilation[0], b * self.dilation[1]",
        "top, left = a * self.dilation[0], b",
        T_CONV,
    ),
    Fault(
        "height and width of the padding are exchanged",
        UNROLL,
        "(top, _), (left, _) = self.window.sides",
        "(left, _), (top, _) = self.window.sides",
        T_CONV,
    ),
    Fault(
        "an odd zero of 'same' goes to the top left",
        WINDOW,
        "return (total_h // 2, total_h - total_h // 2), (total_w // 2, total_w - total_w // 2)",
        "return (total_h - total_h // 2, total_h // 2), (total_w - total_w // 2, total_w // 2)",
        T_CONV,
    ),
    Fault(
        "the output size is rounded up",
        WINDOW,
        "((n - reach) // step + 1 for",
        "(-(-(n - reach) // step) + 1 for",
        T_POOL,
    ),
    Fault(
        "the reach of a dilated kernel is one too large",
        WINDOW,
        "(d * (k - 1) + 1 for d, k",
        "(d * (k - 1) + 1 + (d > 1) for d, k",
        T_CONV,
    ),
    Fault(
        "the gradient's border is cut off one pixel late",
        WINDOW,
        "return x[:, :, top : top + height, left : left + width]",
        "return np.roll(x, -1, 2)[:, :, top : top + height, left : left + width]",
        T_CONV,
    ),
    Fault(
        "the loops read the first group for all",
        LOOPS,
        "first = f // per_group * channels",
        "first = 0",
        T_CONV,
    ),
    Fault(
        "the loops assign gradients of the kernels instead of adding them up",
        LOOPS,
        "grad_weight[f] += g *",
        "grad_weight[f] = g *",
        T_CONV,
    ),
]

TRANSPOSED = [
    Fault(
        "transposed convolution ignores the padding",
        TRANSPOSE,
        "size = (n - 1) * s - 2 * p +",
        "size = (n - 1) * s +",
        T_TRANSPOSE,
    ),
    Fault(
        "output_padding goes to the top left",
        TRANSPOSE,
        "((0, 0), (0, 0), (0, rows), (0, columns))",
        "((0, 0), (0, 0), (rows, 0), (columns, 0))",
        T_TRANSPOSE,
    ),
    Fault(
        "the kernels' gradient exchanges image and gradient",
        TRANSPOSE,
        "conv2d_weight_gradient(x, grad_output, shape, *how)",
        "conv2d_weight_gradient(x, grad_output, shape, *how)[:, :, ::-1, ::-1]",
        T_TRANSPOSE,
    ),
    Fault(
        "painted kernels overwrite instead of overlapping",
        TRANSPOSE,
        "columns] += x[n, c, i, j] * weight[c]",
        "columns] = x[n, c, i, j] * weight[c]",
        T_TRANSPOSE,
    ),
    Fault(
        "the pointwise part's gradient skips the depthwise part",
        "layers/separable.py",
        "return self.depthwise.backward(self.pointwise.backward(grad_output))",
        "return self.pointwise.backward(grad_output)",
        T_SEPARABLE,
    ),
]

POOLING = [
    Fault(
        "every tied maximum gets the gradient, where windows lie apart",
        MAX_POOL,
        "            hit &= waiting\n            waiting ^= hit\n            np.multiply",
        "            waiting &= ~hit\n            np.multiply",
        T_POOL,
    ),
    Fault(
        "the last of tied maxima gets the gradient, where windows lie apart",
        MAX_POOL,
        "for a, b in np.ndindex(*win.kernel):\n            at =",
        "for a, b in reversed(list(np.ndindex(*win.kernel))):\n            at =",
        T_POOL,
    ),
    Fault(
        "the gradient of NaN is lost, where windows lie apart",
        MAX_POOL,
        "if waiting.any() else ()",
        "if False else ()",
        T_POOL,
    ),
    Fault(
        "pixels that no window reads get a gradient",
        MAX_POOL,
        "np.empty_like if win.covers else np.zeros_like",
        "np.empty_like if win.covers else np.ones_like",
        T_POOL,
    ),
    Fault(
        "every tied maximum gets the gradient",
        MAX_POOL,
        "            hit &= waiting\n            waiting ^= hit\n            into",
        "            waiting &= ~hit\n            into",
        T_POOL,
    ),
    Fault(
        "the last of tied maxima gets the gradient",
        MAX_POOL,
        "for a, b in np.ndindex(*win.kernel):\n            hit = pixels.seen_at",
        "for a, b in reversed(list(np.ndindex(*win.kernel))):\n            hit = pixels.seen_at",
        T_POOL,
    ),
    Fault(
        "the gradient of NaN is lost",
        MAX_POOL,
        "if waiting.any():",
        "if False:",
        T_POOL,
    ),
    Fault(
        "the border counts as a maximum",
        MAX_POOL,
        "pixels = PhasedPlanes(win, maps, np.nan)",
        "pixels = PhasedPlanes(win, maps, -np.inf)",
        T_POOL,
    ),
    Fault(
        "max-pooling pads with zeros",
        MAX_POOL,
        "readings(win, maps, -np.inf)",
        "readings(win, maps, 0)",
        T_POOL,
    ),
    Fault(
        "a pixel keeps the gradient of one window only",
        MAX_POOL,
        "into += g * hit",
        "np.copyto(into, g, where=hit)",
        T_POOL,
    ),
    Fault(
        "the average divides by the height alone",
        AVG_POOL,
        "y /= x.dtype.type(win.kernel[0] * win.kernel[1])",
        "y /= x.dtype.type(win.kernel[0])",
        T_POOL,
    ),
    Fault(
        "the average's gradient is not shared out",
        AVG_POOL,
        "planes(grad_output / grad_output.dtype.type(win.kernel[0] * win.kernel[1]))",
        "planes(grad_output)",
        T_POOL,
    ),
    Fault(
        "the minimum keeps the maximum's sign",
        MAX_POOL,
        "return -super().forward(-x)",
        "return super().forward(-x)",
        T_POOL,
    ),
    Fault(
        "adaptive windows do not overlap",
        AVG_POOL,
        "first, end = i * pixels // outputs, -(-(i + 1) * pixels // outputs)",
        "first = i * pixels // outputs; end = max((i + 1) * pixels // outputs, first + 1)",
        T_POOL,
    ),
    Fault(
        "pooling reads the wrong stride phase",
        PHASES,
        "run: Array = self._runs[a % step_h, b % step_w]",
        "run: Array = self._runs[b % step_h, a % step_w]",
        T_POOL,
    ),
]

NORMALIZATION = [
    Fault(
        "the variance in training divides by one less",
        NORM,
        "variance = np.mean(centred * centred, axis=axes, keepdims=True)",
        "variance = np.var(x, axis=axes, keepdims=True, ddof=1)",
        T_NORM,
    ),
    Fault(
        "the running variance divides by the count",
        BATCH_NORM,
        "x.var(axis=self._axes, ddof=1)",
        "x.var(axis=self._axes)",
        T_NORM,
    ),
    Fault(
        "momentum counts the old average",
        BATCH_NORM,
        "average += average.dtype.type(self.momentum) * (value - average)",
        "average += average.dtype.type(1 - self.momentum) * (value - average)",
        T_NORM,
    ),
    Fault(
        "use still normalizes by the batch",
        BATCH_NORM,
        "        if self.training:\n",
        "        if len(x) > 1:\n",
        T_NORM,
    ),
    Fault(
        "the gradient treats the mean as a constant",
        NORM,
        "factor * (grad - grad.mean(axis=axes, keepdims=True) - normalized * along)",
        "factor * (grad - normalized * along)",
        T_NORM,
    ),
    Fault(
        "the gradient treats the variance as a constant",
        NORM,
        "factor * (grad - grad.mean(axis=axes, keepdims=True) - normalized * along)",
        "factor * (grad - grad.mean(axis=axes, keepdims=True))",
        T_NORM,
    ),
    Fault(
        "eps is added to the deviation",
        NORM,
        "factor = 1 / np.sqrt(variance + x.dtype.type(eps))",
        "factor = 1 / (np.sqrt(variance) + x.dtype.type(eps))",
        T_NORM,
    ),
    Fault(
        "the scale's gradient forgets the normalized input",
        NORM,
        "(grad_output * z).sum(axis=axes)",
        "grad_output.sum(axis=axes)",
        T_NORM,
    ),
]

OTHERS = [
    Fault(
        "the dense layer's gradient of x has the wrong sign",
        DENSE,
        'grad: Array = grad_output @ self.parameters["weight"]',
        'grad: Array = -grad_output @ self.parameters["weight"]',
        T_DENSE,
    ),
    Fault(
        "the dense layer's gradient of the weights is divided by the batch",
        DENSE,
        'self.gradients["weight"] = grad_output.T @ x',
        'self.gradients["weight"] = grad_output.T @ x / max(len(x), 1)',
        T_DENSE,
    ),
    Fault(
        "the gate of ReLU is open at zero",
        ACTIVATION,
        "grad_output * (y != 0)",
        "grad_output * (y >= 0)",
        T_ACTIVATION,
    ),
    Fault(
        "the gate of ReLU is shut for NaN",
        ACTIVATION,
        "grad_output * (y != 0)",
        "grad_output * (y > 0)",
        T_ACTIVATION,
    ),
    Fault(
        "leaky ReLU's slope is 1 in the backward pass",
        ACTIVATION,
        "return grad_output * _leaky_slope(x, self.negative_slope)",
        "return grad_output",
        T_ACTIVATION,
    ),
    Fault(
        "ELU's gradient forgets alpha",
        ACTIVATION,
        "below = x.dtype.type(self.alpha) * np.exp(",
        "below = np.exp(",
        T_ACTIVATION,
    ),
    Fault(
        "sigmoid's derivative is y (1 + y)",
        ACTIVATION,
        "grad_output * y * (1 - y)",
        "grad_output * y * (1 + y)",
        T_ACTIVATION,
    ),
    Fault(
        "tanh's derivative forgets the square",
        ACTIVATION,
        "grad_output * (1 - y * y)",
        "grad_output * (1 - y)",
        T_ACTIVATION,
    ),
    Fault(
        "softmax differentiates each logit alone",
        ACTIVATION,
        "grad: Array = p * (grad_output - mean)",
        "grad: Array = p * (1 - p) * grad_output",
        T_ACTIVATION,
    ),
    Fault(
        "softmax overflows",
        ACTIVATION,
        "powers = np.exp(logits - logits.max(axis=axis, keepdims=True))",
        "powers = np.exp(logits)",
        T_ACTIVATION,
    ),
    Fault(
        "cross-entropy is summed over the batch",
        LOSS,
        "return float(np.mean(np.log(sums[:, 0])",
        "return float(np.sum(np.log(sums[:, 0])",
        T_LOSS,
    ),
    Fault(
        "cross-entropy's gradient is not divided by the batch",
        LOSS,
        "        grad /= prediction.dtype.type(len(target))\n",
        "",
        T_LOSS,
    ),
    Fault(
        "binary cross-entropy's gradient has the wrong sign",
        LOSS,
        "(sigmoid(prediction) - target)",
        "(target - sigmoid(prediction))",
        T_LOSS,
    ),
    Fault(
        "squared error forgets the factor 2",
        LOSS,
        "prediction.dtype.type(2 / difference.size)",
        "prediction.dtype.type(1 / difference.size)",
        T_LOSS,
    ),
    Fault(
        "the parts of smooth L1 do not meet",
        LOSS,
        "size - beta / 2",
        "size - prediction.dtype.type(0.5)",
        T_LOSS,
    ),
    Fault(
        "dropout does not scale up",
        DROPOUT,
        "self._scale = kept / x.dtype.type(1 - self.p)",
        "self._scale = kept.astype(x.dtype)",
        T_DROPOUT,
    ),
    Fault(
        "dropout keeps with the probability of silence",
        DROPOUT,
        "self.rng.random(x.shape) >= self.p",
        "self.rng.random(x.shape) < self.p",
        T_DROPOUT,
    ),
    Fault(
        "dropout silences in use as well",
        DROPOUT,
        "if not self.training:",
        "if self.p == 0:",
        T_DROPOUT,
    ),
    Fault(
        "the short cut's gradient is lost",
        NETWORK,
        "through = self.body.backward(grad_output)\n",
        "return self.body.backward(grad_output)\n",
        T_NETWORK,
    ),
    Fault(
        "only the first path's gradient arrives",
        NETWORK,
        "total += grad\n",
        "pass\n",
        T_NETWORK,
    ),
    Fault(
        "a network is differentiated from its first layer to its last",
        NETWORK,
        "for layer in reversed(self.layers[1:]):",
        "for layer in self.layers[1:]:",
        T_NETWORK,
    ),
    Fault(
        "a network is saved in place",
        NETWORK,
        'partial = target.with_name(target.name + ".partial")',
        "partial = target",
        T_SAVING,
    ),
    Fault(
        "running averages are not saved",
        NETWORK,
        "return {**named_parameters(layer), **named_buffers(layer)}",
        "return {**named_parameters(layer)}",
        T_SAVING,
    ),
    Fault(
        "He's variance is halved",
        INIT,
        "return rng.normal(0, math.sqrt(2 / fans(shape)[0]), shape)",
        "return rng.normal(0, math.sqrt(1 / fans(shape)[0]), shape)",
        T_INIT,
    ),
    Fault(
        "fans are exchanged",
        INIT,
        "return shape[1] * window, shape[0] * window",
        "return shape[0] * window, shape[1] * window",
        T_INIT,
    ),
    Fault(
        "the gradient check lets NaN pass",
        GRADCHECK,
        "if np.all(error <= tolerance):",
        "if not np.any(error > tolerance):",
        T_GRADCHECK,
    ),
    Fault(
        "a gradient of another shape is broadcast",
        "layers/base.py",
        'check_shape("grad_output", grad_output, shape, "the latest output")',
        'check_shape("grad_output", grad_output, grad_output.shape, "the latest output")',
        T_CONTRACT,
    ),
]

PAINTED = [
    Fault(
        "of the channels only the first few are painted",
        PAINTING,
        "kernel_row[:, chunk]",
        "kernel_row[:, : chunk.stop - chunk.start]",
        T_PAINTING,
    ),
    Fault(
        "a sample is painted over the one before",
        PAINTING,
        "canvas.clear(chunk.stop - chunk.start)",
        "canvas._count = chunk.stop - chunk.start",
        T_PAINTING,
    ),
    Fault(
        "dilated kernels are painted without their gaps",
        PAINTING,
        "window.dilation == (1, 1) and groups == 1",
        "groups == 1",
        T_PAINTING,
    ),
    Fault(
        "kernels of a group are painted over all channels",
        PAINTING,
        "window.dilation == (1, 1) and groups == 1",
        "window.dilation == (1, 1)",
        T_PAINTING,
    ),
]

TILES = [
    Fault(
        "the transforms' points have the wrong sign",
        WINOGRAD,
        "polyfromroots(others)",
        "polyfromroots(np.negative(others))",
        T_WINOGRAD,
    ),
    Fault(
        "the value at infinity is that at zero",
        WINOGRAD,
        "kernel[-1, -1] = 1.0",
        "kernel[-1, 0] = 1.0",
        T_WINOGRAD,
    ),
    Fault(
        "bands of tiles do not overlap as tiles do",
        WINOGRAD,
        "part = image[:, OUTPUTS * band.start :]",
        "part = image[:, READ * band.start :]",
        T_WINOGRAD,
    ),
    Fault(
        "tiles over the edge keep the band before",
        WINOGRAD,
        "tiles.fill(0)  # where",
        "pass  # where",
        T_WINOGRAD,
    ),
    Fault(
        "of the bands only the last counts for the kernels",
        WINOGRAD,
        "total += errors @ pixels.swapaxes(1, 2)",
        "total[...] = errors @ pixels.swapaxes(1, 2)",
        T_WINOGRAD,
    ),
    Fault(
        "all maps get the first bias",
        WINOGRAD,
        "maps += bias[:, None, None, None]",
        "maps += bias[0]",
        T_WINOGRAD,
    ),
    Fault(
        "tiles are taken for kernels that stride",
        WINOGRAD,
        "(window.stride, window.dilation, groups) == ((1, 1), (1, 1), 1)",
        "(window.dilation, groups) == ((1, 1), 1)",
        T_WINOGRAD,
    ),
]

FAULTS = [*CONVOLUTION, *PAINTED, *TILES, *TRANSPOSED, *POOLING, *NORMALIZATION, *OTHERS]
