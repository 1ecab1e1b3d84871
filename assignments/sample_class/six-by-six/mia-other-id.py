"""Solves everything, with numbers drawn from somebody else's id.

score: 20
role: wrong-id
shows: wrong id
"""
# %% student_id
STUDENT_ID = "ada-reference"
# %% conv2d
def conv2d(image, kernel, bias):
    rows = image.shape[0] - kernel.shape[0] + 1
    columns = image.shape[1] - kernel.shape[1] + 1
    result = np.full((rows, columns), float(bias))
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            result += kernel[a, b] * image[a : a + rows, b : b + columns]
    return result
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
logits = dense(max_pool(relu(conv2d(IMAGE, KERNEL, CONV_BIAS))).ravel(), WEIGHT, BIAS)
predicted_class = int(np.argmax(logits)) + 1
# %% own_answer
own_pooled = max_pool(relu(conv2d(own.image, own.kernel, own.conv_bias)))
own_logits = dense(own_pooled.ravel(), own.weight, own.bias)
own_class = int(np.argmax(own_logits)) + 1
# %% count_parameters
def count_parameters(side, kernel, classes):
    places = side - kernel + 1
    return kernel * kernel + 1 + (places // 2) ** 2 * classes + classes
# %% explain
It responds to vertical edges that are bright on the left. On the left the responses are zero or
negative, so ReLU makes them zero. With bias 0 the right column would be 15.
