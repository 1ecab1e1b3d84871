"""Makes results of the image's dtype, or of whole numbers, and loses the fractions.

score: 34
shows: truncated to integers
"""
# %% student_id
STUDENT_ID = "oto-truncates"
# %% correlate
def correlate(image, kernel):
    rows = image.shape[0] - kernel.shape[0] + 1
    columns = image.shape[1] - kernel.shape[1] + 1
    result = np.zeros_like(image[:rows, :columns])
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            product = kernel[a, b] * image[a : a + rows, b : b + columns]
            result += product.astype(result.dtype)
    return result
# %% convolve
def convolve(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, np.flip(kernel))
# %% pad
def pad(image, kernel_shape, mode):
    if mode == "valid":
        return image.copy()
    if mode == "same" and 0 in [k % 2 for k in kernel_shape]:
        raise ValueError("'same' needs a kernel with odd sides")
    rows, columns = [(k - 1) // (2 if mode == "same" else 1) for k in kernel_shape]
    result = np.zeros((image.shape[0] + 2 * rows, image.shape[1] + 2 * columns))
    result[rows : rows + image.shape[0], columns : columns + image.shape[1]] = image
    return result
# %% conv2d
def conv2d(image, kernel, bias=0.0, stride=1, padding=0):
    image = np.pad(image, padding)
    height, width = kernel.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    result = np.zeros((rows, columns), dtype=int)
    for i in range(rows):
        for j in range(columns):
            window = image[i * stride : i * stride + height, j * stride : j * stride + width]
            result[i, j] = np.sum(window * kernel) + bias
    return result
# %% conv_layer
def conv_layer(x, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[2:], axis=(1, 2))
    return np.einsum("cijab,fcab->fij", windows, kernels) + bias[:, None, None]
# %% pointwise
def pointwise(x, weight, bias):
    maps = weight @ x.reshape(len(x), -1) + bias[:, None]
    return maps.reshape(len(weight), *x.shape[1:])
# %% own_map
parts = zip(own.image, own.kernel)
own_map = sum(conv2d(x, k, 0.0, own.stride, own.padding) for x, k in parts) + own.bias
# %% own_flipped
parts = zip(own.image, own.kernel[:, ::-1, ::-1])
own_flipped = sum(conv2d(x, k, 0.0, own.stride, own.padding)[0, 0] for x, k in parts) + own.bias
# %% own_shape
layer = own.layer
rows = (layer.height + 2 * layer.padding - layer.kernel_size) // layer.stride + 1
columns = (layer.width + 2 * layer.padding - layer.kernel_size) // layer.stride + 1
own_shape = (layer.filters, rows, columns)
# %% own_parameters
own_parameters = own.layer.filters * (own.layer.channels * own.layer.kernel_size**2 + 1)
# %% filter
sides = step_image(own.bright, 5)[1:4, 1:4]
edge_kernel = sides - np.rot90(sides, 2)
edge_bias = -0.6
# %% explain_filter
An area of one brightness gives that brightness times the sum of the weights, so the sum must be 0. After
half a turn it finds the opposite edge. The bias is a threshold: ReLU removes what is weaker. It responds at
the shoulders or the collar, and it misses borders in the other direction.
# %% explain_flip
The layer does not flip, so all responses have the wrong sign; turn the kernel by half a turn first. Nothing
changes for a box blur, which half a turn leaves as it is. Training would learn the turned kernel. Trained
weights must be turned when the other library flips.
