"""Stops after the first four tasks.

score: 17
shows: half done
"""
# %% student_id
STUDENT_ID = "tess-half-done"
# %% cross_entropy_backward
def cross_entropy_backward(logits, labels):
    shifted = logits - np.max(logits, axis=1)[:, None]
    probabilities = np.exp(shifted) / np.exp(shifted).sum(axis=1)[:, None]
    onehot = np.eye(logits.shape[1])[labels]
    return (probabilities - onehot) / logits.shape[0]
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
