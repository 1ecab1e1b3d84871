"""Leaves three tasks for later; what needs them is graded all the same, and the own sizes are done by hand.

score: 28
shows: half done
"""
# %% student_id
STUDENT_ID = "sam-half-done"
# %% brighten
def brighten(image, amount):
    bigger = image.astype(np.int64) + amount
    return np.minimum(np.maximum(bigger, 0), 255).astype(np.uint8)
# %% mlp_parameters
def mlp_parameters(sizes):
    count = 0
    for i in range(1, len(sizes)):
        count += sizes[i - 1] * sizes[i] + sizes[i]
    return count
# %% smallest_factor
def smallest_factor(channels, rows, columns, most):
    for factor in range(1, rows + columns):
        if channels * (rows // factor) * (columns // factor) <= most:
            return factor
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
sizes, pair = [], small[1:]
for k, s, p in own.layers:
    pair = [(side + 2 * p - k) // s + 1 for side in pair]
    sizes.append(pair)
field = receptive_field(own.layers)
# %% own_kept
kept = picture[:: own.step, :: own.step]
# %% own_hidden
dots = kept[14:42:4, ::4] > 127
hidden_number = 0
for place in (1, 8, 15):
    right = [d for d in range(10) if np.array_equal(DIGITS[d], dots[:, place : place + 5])]
    hidden_number = 10 * hidden_number + right[0]
# %% explain_kept
With step 5 only 4 % of the pixels are kept and nobody reads the others, so whoever writes into the
kept ones decides what is seen. In a mean each counts 1/25. A striped shirt shows false stripes. A layer
with a stride larger than its window does the same; averaging first helps.
# %% explain_parameters
Almost all parameters are in the first layer. With half the factor it has four times as many, while
a window keeps its few. An output sees a small square of the photograph, so it misses larger things.
