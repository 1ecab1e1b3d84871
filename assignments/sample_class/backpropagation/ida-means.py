"""Forgets the mean over the samples in the loss, and takes means over images and places in the convolution.

score: 27
shows: means and sums
"""
# %% student_id
STUDENT_ID = "ida-means"
# %% cross_entropy_backward
def cross_entropy_backward(logits, labels):
    shifted = logits - np.max(logits, axis=1)[:, None]
    probabilities = np.exp(shifted) / np.exp(shifted).sum(axis=1)[:, None]
    onehot = np.eye(logits.shape[1])[labels]
    return probabilities - onehot
# %% dense_backward
def dense_backward(errors, x, weight):
    x_errors = np.dot(errors, weight)
    weight_errors = np.zeros(weight.shape)
    for n in range(len(x)):
        weight_errors += np.outer(errors[n], x[n])
    return x_errors, weight_errors, np.sum(errors, 0)
# %% relu_backward
def relu_backward(errors, x):
    return np.where(x > 0, errors, 0.0)
# %% max_pool_backward
def max_pool_backward(errors, x):
    result = np.zeros_like(x)
    for i in range(errors.shape[0]):
        for j in range(errors.shape[1]):
            best = (2 * i, 2 * j)
            for place in ((2 * i, 2 * j + 1), (2 * i + 1, 2 * j), (2 * i + 1, 2 * j + 1)):
                if x[place] > x[best]:
                    best = place
            result[best] += errors[i, j]
    return result
# %% kernel_backward
def kernel_backward(errors, images):
    count, rows, columns = errors.shape
    height, width = images.shape[1] - rows + 1, images.shape[2] - columns + 1
    result = np.zeros((height, width))
    for a in range(height):
        for b in range(width):
            result[a, b] = np.sum(errors * images[:, a : a + rows, b : b + columns])
    return result / count, np.mean(errors)
# %% image_backward
def image_backward(errors, kernels):
    count, rows, columns = errors.shape
    height, width = kernels.shape[1:]
    result = np.zeros((rows + height - 1, columns + width - 1))
    for f in range(count):
        for i in range(rows):
            for j in range(columns):
                result[i : i + height, j : j + width] += errors[f, i, j] * kernels[f]
    return result
# %% numerical_gradient
def numerical_gradient(loss, x, step):
    moved = x.copy()
    gradient = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        kept = moved[place]
        moved[place] = kept + step
        above = loss(moved)
        moved[place] = kept - step
        below = loss(moved)
        moved[place] = kept
        gradient[place] = (above - below) / (2 * step)
    return gradient
# %% own_logits
logit_errors = np.exp(LOGITS) / np.exp(LOGITS).sum()
logit_errors[LABEL] -= 1
# %% own_map
pooled_errors = (WEIGHT.T @ logit_errors).reshape(2, 2)
map_errors = max_pool_backward(pooled_errors, FEATURES)
map_errors = relu_backward(map_errors, FEATURES)
# %% own_kernel
kernel_errors, bias_error = kernel_backward(map_errors[None], IMAGE[None])
# %% own_step
new_kernel = KERNEL - RATE * kernel_errors
new_bias = CONV_BIAS - RATE * bias_error
# %% explain_directions
Seen from a pixel, outputs and weights run in opposite directions, so the kernel is read backwards. Seen from a weight
they run in the same direction. One weight is used everywhere, so its effects add up. The other three numbers of a window
can move a little and the maximum stays. If both maxima grow, the output grows once and not twice.
# %% explain_check
A step of 0.1 is too long, one of 1e-12 drowns in rounding, and float32 has too few digits for a step of 1e-5. ReLU has
a kink at 0. The image's gradient is wrong: the half turn is missing, which a symmetric kernel hides.
