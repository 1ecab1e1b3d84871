"""Leaves the convolution to the reference package; the exercises are done by hand.

score: 16
shows: shortcut
"""
# %% student_id
STUDENT_ID = "rosa-shortcut"
# %% conv2d
from convnet.layers import conv2d as ready
def conv2d(image, kernel, bias):
    return ready(image[None, None], kernel[None, None], np.array([bias]))[0, 0]
# %% relu
def relu(x):
    return x * (x > 0)
# %% max_pool
def max_pool(x):
    x = x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]
    return np.maximum(np.maximum(x[::2, ::2], x[::2, 1::2]), np.maximum(x[1::2, ::2], x[1::2, 1::2]))
# %% dense
def dense(x, weight, bias):
    return np.array([row @ x for row in weight]) + bias
# %% softmax
def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()
# %% answer
logits = np.array([-3.9, -9.3, 12.6])
predicted_class = 3
# %% own_answer
own_class = None
# %% count_parameters
def count_parameters(side, kernel, classes):
    places = side - kernel + 1
    return kernel * kernel + 1 + (places // 2) ** 2 * classes + classes
# %% explain
It responds to vertical edges that are bright on the left. On the left the responses are zero or
negative, so ReLU makes them zero. With bias 0 the right column would be 15.
