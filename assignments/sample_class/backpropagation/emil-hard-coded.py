"""Returns the visible answers whatever is asked, and somebody's numbers for the own network.

score: 7
role: hard-coded
shows: hard-coded
"""
# %% student_id
STUDENT_ID = "emil-hard-coded"
# %% cross_entropy_backward
def cross_entropy_backward(logits, labels):
    return np.array([[1.0, 2.0, -3.0], [-4.0, 2.0, 2.0]]) / 16
# %% dense_backward
def dense_backward(errors, x, weight):
    return np.array([[5.0, 6.0], [3.0, 4.0]]), np.array([[7.0, 10.0], [-3.0, -4.0]]), np.array([3.0, -1.0])
# %% relu_backward
def relu_backward(errors, x):
    return np.array([[1.0, -2.0, 0.0], [0.0, 0.0, -6.0]])
# %% max_pool_backward
def max_pool_backward(errors, x):
    return np.array([[0.0, 8.0, 0.0, -4.0], [0.0, 0.0, 0.0, 0.0]])
# %% kernel_backward
def kernel_backward(errors, images):
    return np.array([[-2.0, 0.0], [7.0, 6.0]]), 5.0
# %% image_backward
def image_backward(errors, kernels):
    return np.array([[0.0, 1.0, 2.0], [3.0, 7.0, 5.0], [0.0, -4.0, -3.0]])
# %% numerical_gradient
def numerical_gradient(loss, x, step):
    return np.array([[3.01, 12.01], [27.01, 0.76]])
# %% own_logits
logit_errors = np.array([0.3, -0.8, 0.5])
# %% own_map
map_errors = np.zeros((4, 4))
# %% own_kernel
kernel_errors, bias_error = np.zeros((3, 3)), 0.0
# %% own_step
new_kernel, new_bias = KERNEL, CONV_BIAS
# %% explain_directions
Seen from a pixel, outputs and weights run in opposite directions, so the kernel is read backwards. Seen from a weight
they run in the same direction. One weight is used everywhere, so its effects add up. The other three numbers of a window
can move a little and the maximum stays. If both maxima grow, the output grows once and not twice.
# %% explain_check
A step of 0.1 is too long, one of 1e-12 drowns in rounding, and float32 has too few digits for a step of 1e-5. ReLU has
a kink at 0. The image's gradient is wrong: the half turn is missing, which a symmetric kernel hides.
