"""Reference package of *Convolutional Networks, Worked Out*: readable NumPy and PyTorch.

Every operation of the course stands here once. The book's pages import it, the assignments are
graded against it, and the tests hold its NumPy and PyTorch forms to the same numbers.
"""
