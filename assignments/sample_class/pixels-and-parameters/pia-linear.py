"""Divides the numbers by the factor instead of its square, and reads a copied hidden number.

score: 34
shows: factor not squared
"""
# %% student_id
STUDENT_ID = "pia-linear"
# %% channels_first
def channels_first(image):
    return np.moveaxis(image, -1, 0).astype(float) / 255.0
# %% brighten
def brighten(image, amount):
    bigger = image.astype(np.int64) + amount
    return np.minimum(np.maximum(bigger, 0), 255).astype(np.uint8)
# %% downsample
def downsample(image, factor):
    channels, rows, columns = image.shape
    result = np.zeros((channels, rows // factor, columns // factor))
    for i in range(rows // factor):
        for j in range(columns // factor):
            block = image[:, i * factor : (i + 1) * factor, j * factor : (j + 1) * factor]
            result[:, i, j] = block.mean(axis=(1, 2))
    return result
# %% mlp_parameters
def mlp_parameters(sizes):
    count = 0
    for i in range(1, len(sizes)):
        count += sizes[i - 1] * sizes[i] + sizes[i]
    return count
# %% smallest_factor
def smallest_factor(channels, rows, columns, most):
    factor = 1
    while channels * rows * columns / factor > most:
        factor += 1
    return factor
# %% output_size
def output_size(n, kernel_size, stride=1, padding=0):
    padded = n + 2 * padding
    if kernel_size > padded:
        raise ValueError("the window does not fit")
    return (padded - kernel_size) // stride + 1
# %% map_sizes
def map_sizes(rows, columns, layers):
    result = []
    for layer in layers:
        rows, columns = output_size(rows, *layer), output_size(columns, *layer)
        result.append((rows, columns))
    return result
# %% receptive_field
def receptive_field(layers):
    field = 1
    for kernel_size, stride, _ in reversed(layers):
        field = (field - 1) * stride + kernel_size
    return field
# %% own_photograph
numbers = 3 * own.width * own.height
small = (3, own.height // own.factor, own.width // own.factor)
# %% own_mlp
inputs = small[0] * small[1] * small[2]
parameters = mlp_parameters([inputs, *own.hidden, own.classes])
# %% own_maps
sizes = map_sizes(small[1], small[2], own.layers)
field = receptive_field(own.layers)
# %% own_kept
kept = picture[:: own.step, :: own.step]
# %% own_hidden
hidden_number = 375
# %% explain_kept
With step 5 only 4 % of the pixels are kept and nobody reads the others, so whoever writes into the
kept ones decides what is seen. In a mean each counts 1/25. A striped shirt shows false stripes. A layer
with a stride larger than its window does the same; averaging first helps.
# %% explain_parameters
Almost all parameters are in the first layer. With half the factor it has four times as many, while
a window keeps its few. An output sees a small square of the photograph, so it misses larger things.
