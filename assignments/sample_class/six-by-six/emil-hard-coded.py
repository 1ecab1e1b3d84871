"""Returns the visible answers whatever is asked.

score: 7
role: hard-coded
shows: hard-coded
"""
# %% student_id
STUDENT_ID = "emil-hard-coded"
# %% conv2d
def conv2d(image, kernel, bias):
    return np.array([[20.0, 26.0], [38.0, 44.0]])
# %% relu
def relu(x):
    return np.array([[0.0, 10.0], [0.0, 0.0]])
# %% max_pool
def max_pool(x):
    return np.array([[3.0, 0.0], [3.0, 1.0]])
# %% dense
def dense(x, weight, bias):
    return np.array([11.5, 16.0])
# %% softmax
def softmax(logits):
    return np.array([0.125, 0.25, 0.625])
# %% answer
logits = np.array([-3.9, -9.3, 12.6])
predicted_class = 3
# %% own_answer
own_pooled = np.array([[0.0, 10.0], [0.0, 10.0]])
own_logits = np.array([-3.9, -9.3, 12.6])
own_class = 3
# %% count_parameters
def count_parameters(side, kernel, classes):
    return 25
# %% explain
It responds to vertical edges that are bright on the left. On the left the responses are zero or
negative, so ReLU makes them zero. With bias 0 the right column would be 15.
