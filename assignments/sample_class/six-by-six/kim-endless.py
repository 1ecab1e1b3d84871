"""Has a pooling loop whose counter never moves; the rest is right and the exercises are done by hand.

score: 17
stock: no
shows: an endless loop
"""
# %% student_id
STUDENT_ID = "kim-endless"
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
    i = 0
    while i < x.shape[0]:
        result = x[i]
    return result
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
own_class = 1
# %% count_parameters
def count_parameters(side, kernel, classes):
    places = side - kernel + 1
    return kernel * kernel + 1 + (places // 2) ** 2 * classes + classes
# %% explain
It responds to vertical edges that are bright on the left. On the left the responses are zero or
negative, so ReLU makes them zero. With bias 0 the right column would be 15.
