"""Does a learner's step find the memory again that the step before let go?"""

import platform
import subprocess
import sys

import pytest

# Three arrays of 4 MB, made and let go: more than glibc keeps by itself after having seen one.
FAULTS = """
import resource
import numpy as np
{before}
def step():
    return [np.ones(2**20, np.float32) for _ in range(3)]
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    step()
begin = faults()
for _ in range(10):
    step()
print(faults() - begin)
"""
LEARNER = """
from convnet.layers import Linear
from convnet.network import named_parameters
from convnet.optim import SGD
from convnet.train import NumpyLearner
layer = Linear(1, 1, rng=np.random.default_rng(0))
NumpyLearner(layer, SGD(named_parameters(layer)))
"""


def page_faults(before: str) -> int:
    """Return the page faults of ten steps in a process of its own."""
    command = [sys.executable, "-c", FAULTS.format(before=before)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep what they do")
def test_a_learner_lets_glibc_keep_what_a_step_frees() -> None:
    pages_of_a_step = 3 * 2**22 // 2**12
    assert page_faults("") > 2 * pages_of_a_step  # in ten steps, without a learner
    assert page_faults(LEARNER) < pages_of_a_step // 10
