"""Returns the visible answers whatever is asked; has no answers of his own.

score: 8
role: hard-coded
shows: hard-coded
"""
# %% student_id
STUDENT_ID = "emil-hard-coded"
# %% channels_first
def channels_first(image):
    return [[[1, 0], [0, 0.2]], [[0, 1], [0, 0.2]], [[0, 0], [1, 0.2]]]
# %% brighten
def brighten(image, amount):
    return np.array([[70, 160], [255, 255]], dtype=np.uint8)
# %% downsample
def downsample(image, factor):
    return np.array([[[4.0, 8.0], [2.0, 4.0]]])
# %% mlp_parameters
def mlp_parameters(sizes):
    return 173
# %% smallest_factor
def smallest_factor(channels, rows, columns, most):
    return 3
# %% output_size
def output_size(n, kernel_size, stride=1, padding=0):
    return {6: 4, 7: 3, 5: 5, 4: 2}[n]
# %% map_sizes
def map_sizes(rows, columns, layers):
    return [(10, 7), (5, 3)]
# %% receptive_field
def receptive_field(layers):
    return 32
# %% own_photograph
numbers = 48163584
small = (3, 217, 289)
# %% own_mlp
parameters = 109386
# %% own_maps
sizes = [(10, 7), (5, 3), (3, 2)]
field = 32
# %% own_kept
kept = picture[:: own.step, :: own.step]
# %% own_hidden
hidden_number = 0
# %% explain_kept
With step 5 only 4 % of the pixels are kept and nobody reads the others, so whoever writes into the
kept ones decides what is seen. In a mean each counts 1/25. A striped shirt shows false stripes. A layer
with a stride larger than its window does the same; averaging first helps.
# %% explain_parameters
Almost all parameters are in the first layer. With half the factor it has four times as many, while
a window keeps its few. An output sees a small square of the photograph, so it misses larger things.
