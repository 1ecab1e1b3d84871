"""Why did the network say so? Gradients, occlusion and kernels of networks of NumPy layers."""

from convnet.explain.covering import occlusion, window_means
from convnet.explain.gradients import gradient_times_input, logit, logit_gradient, saliency
from convnet.explain.measures import half_turn_share, rank_correlation
from convnet.explain.patches import strongest_patches

__all__ = [
    "gradient_times_input",
    "half_turn_share",
    "logit",
    "logit_gradient",
    "occlusion",
    "rank_correlation",
    "saliency",
    "strongest_patches",
    "window_means",
]
