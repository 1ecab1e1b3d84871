"""Returns the visible answers whatever is asked.

score: 6
role: hard-coded
shows: hard-coded
"""
# %% student_id
STUDENT_ID = "emil-hard-coded"
# %% correlate
def correlate(image, kernel):
    return np.array([[34.0, 42.0, 50.0], [66.0, 74.0, 82.0]])
# %% convolve
def convolve(image, kernel):
    return np.array([[6.0, 14.0, 22.0], [38.0, 46.0, 54.0]])
# %% pad
def pad(image, kernel_shape, mode):
    return np.array([[0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 0, 0, 0, 0]])
# %% conv2d
def conv2d(image, kernel, bias=0.0, stride=1, padding=0):
    return np.array([[100.0, 112.0, 106.0], [144.0, 174.0, 122.0]])
# %% conv_layer
def conv_layer(x, kernels, bias):
    return np.array([[[123.0, 130.0]], [[258.0, 265.0]]])
# %% pointwise
def pointwise(x, weight, bias):
    return np.array([[[22, 25, 28], [31, 34, 37]], [[26, 27, 28], [29, 30, 31]], [[36, 36, 36]] * 2])
# %% explain_filter
An area of one brightness gives that brightness times the sum of the weights, so the sum must be 0. After
half a turn it finds the opposite edge. The bias is a threshold: ReLU removes what is weaker. It responds at
the shoulders or the collar, and it misses borders in the other direction.
# %% explain_flip
The layer does not flip, so all responses have the wrong sign; turn the kernel by half a turn first. Nothing
changes for a box blur, which half a turn leaves as it is. Training would learn the turned kernel. Trained
weights must be turned when the other library flips.
