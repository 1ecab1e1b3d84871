"""The widgets for notebooks: anywidgets whose traits Python can read, set and observe.

The module is the same as on the book's static pages. What the reader changes arrives in the traits;
``result`` holds what the module computed from them. Arrays may be given as NumPy's.
"""

from typing import Any, ClassVar

import anywidget
import traitlets

from convnet.widgets import STYLES, element, module, state_of
from convnet.widgets.presets import PRESETS

_KINDS = {bool: traitlets.Bool, int: traitlets.Int, str: traitlets.Unicode, list: traitlets.List}


def _synced(name: str, trait: str) -> Any:
    """Return a trait that starts as the widget's first example and is shared with the page."""
    value = PRESETS[name][0]["state"][trait]
    if isinstance(value, int) and not isinstance(value, bool):
        # A whole number may become a fraction in the reader's hands.
        return traitlets.Union([traitlets.Int(), traitlets.Float()], default_value=value).tag(
            sync=True
        )
    return _KINDS.get(type(value), traitlets.Any)(value).tag(sync=True)


class CourseWidget(anywidget.AnyWidget):
    """What all widgets of the course have in common.

    Args:
        changes: traits to open on, by name; default the widget's first example.

    Raises:
        ValueError: the widget has no such trait; the message lists those it has.
    """

    name: ClassVar[str]
    _css = STYLES
    result = traitlets.Dict().tag(sync=True)

    def __init__(self, **changes: Any) -> None:
        state = state_of(self.name, **changes)
        super().__init__(**{key: state[key] for key in changes})

    def static_html(self) -> str:
        """Return the widget, as it stands now, as HTML that needs no kernel."""
        return element(self.name, **{key: getattr(self, key) for key in state_of(self.name)})

    def _repr_html_(self) -> str:
        return self.static_html()


class ConvolutionWidget(CourseWidget):
    """One kernel slides over one image; every product of the chosen output is shown.

    Traits: ``image`` and ``kernel`` (rows of numbers), ``stride``, ``padding``, ``dilation``,
    ``flip`` (whether the kernel is turned, as convolution's definition says) and ``at`` (row and
    column of the chosen output, from 0). Chapter: *Convolution and cross-correlation*.

    >>> ConvolutionWidget(stride=2).stride
    2
    """

    name = "convolution"
    _esm = module(name)
    image = _synced(name, "image")
    kernel = _synced(name, "kernel")
    stride = _synced(name, "stride")
    padding = _synced(name, "padding")
    dilation = _synced(name, "dilation")
    flip = _synced(name, "flip")
    at = _synced(name, "at")


class SixBySixWidget(CourseWidget):
    """The 6x6 network: every number between an image and a class, and back to new weights.

    Traits: ``image``, ``kernel``, ``bias``, ``weight``, ``biases``, ``target`` (the label, from 0),
    ``rate`` (the learning rate), ``backward`` (whether the way back is shown), ``seed`` (of the
    numbers last drawn) and ``chosen`` (whose derivation is read: its name, row and column).
    Chapters: *A whole network by hand*; *Backpropagation through pooling, ReLU and normalization*.

    >>> SixBySixWidget(target=1).target
    1
    """

    name = "six-by-six"
    _esm = module(name)
    image = _synced(name, "image")
    kernel = _synced(name, "kernel")
    bias = _synced(name, "bias")
    weight = _synced(name, "weight")
    biases = _synced(name, "biases")
    target = _synced(name, "target")
    rate = _synced(name, "rate")
    backward = _synced(name, "backward")
    seed = _synced(name, "seed")
    chosen = _synced(name, "chosen")


class PoolingWidget(CourseWidget):
    """The maximum, mean or minimum of each window, and what a shift of the image changes.

    Traits: ``image``, ``kind`` ("max", "avg" or "min"), ``window``, ``stride``, ``shift`` (rows
    down and columns right) and ``at`` (row and column of the chosen output). Chapter: *Pooling*.

    >>> PoolingWidget(kind="avg").kind
    'avg'
    """

    name = "pooling"
    _esm = module(name)
    image = _synced(name, "image")
    kind = _synced(name, "kind")
    window = _synced(name, "window")
    stride = _synced(name, "stride")
    shift = _synced(name, "shift")
    at = _synced(name, "at")


class UsageWidget(CourseWidget):
    """How many windows read each pixel, and with which entry of the kernel.

    Traits: ``side`` (of the image), ``window`` (side of the kernel), ``stride``, ``padding``,
    ``dilation`` and ``at`` (row and column of the chosen pixel). Chapter: *Padding*.

    >>> UsageWidget(padding=1).padding
    1
    """

    name = "usage"
    _esm = module(name)
    side = _synced(name, "side")
    window = _synced(name, "window")
    stride = _synced(name, "stride")
    padding = _synced(name, "padding")
    dilation = _synced(name, "dilation")
    at = _synced(name, "at")


class ChannelsWidget(CourseWidget):
    """A slice of the filter for each input channel; their results and a bias are added.

    Traits: ``image`` (channels, rows, columns), ``kernels`` (filters, channels, rows, columns),
    ``bias`` (one a filter), ``filter`` and ``at`` (the chosen output). Chapter: *Channels*.

    >>> len(ChannelsWidget().image)
    2
    """

    name = "channels"
    _esm = module(name)
    image = _synced(name, "image")
    kernels = _synced(name, "kernels")
    bias = _synced(name, "bias")
    filter = _synced(name, "filter")
    at = _synced(name, "at")


class BackwardWidget(CourseWidget):
    """Backwards through a convolution: both gradients as correlations, term by term.

    Traits: ``image``, ``kernel``, ``error`` (one number an output), ``stride``, ``padding``, ``of``
    ("kernel" or "image": whose gradient is walked through) and ``at`` (its row and column).
    Chapter: *Backpropagation through convolution*.

    >>> BackwardWidget(of="image").of
    'image'
    """

    name = "backward"
    _esm = module(name)
    image = _synced(name, "image")
    kernel = _synced(name, "kernel")
    error = _synced(name, "error")
    stride = _synced(name, "stride")
    padding = _synced(name, "padding")
    of = _synced(name, "of")
    at = _synced(name, "at")


class CalculatorWidget(CourseWidget):
    """Stack layers; see shapes, parameters, multiply-adds, memory and the receptive field.

    Traits: ``input`` (the shape of one sample), ``layers`` (dictionaries, as in
    :mod:`convnet.widgets.architectures`) and ``chosen`` (the layer whose receptive field is drawn,
    from 0). ``result["rows"]`` has one dictionary a layer. Chapter: *Stride and output size*.

    >>> CalculatorWidget(input=(784,), layers=[{"kind": "dense", "out": 10}]).input
    [784]
    """

    name = "calculator"
    _esm = module(name)
    input = _synced(name, "input")
    layers = _synced(name, "layers")
    chosen = _synced(name, "chosen")


class FiltersWidget(CourseWidget):
    """A photograph, a kernel, and what comes out; also of the reader's own picture or camera.

    Traits: ``kernel`` (odd side) and ``greys`` ("clip", "size" or "signed": how numbers are shown).
    Chapter: *Filters as feature detectors*.

    >>> FiltersWidget(greys="size").greys
    'size'
    """

    name = "filters"
    _esm = module(name)
    kernel = _synced(name, "kernel")
    greys = _synced(name, "greys")


class ReceptiveWidget(CourseWidget):
    """Which pixels of one row a number depends on, through any stack of windows.

    Traits: ``length`` (pixels in the row), ``layers`` (dictionaries of ``kernel``, ``stride`` and
    ``dilation``) and ``at`` (the number looked at, from 0). Chapter: *VGG (2014)*.

    >>> len(ReceptiveWidget().layers)
    2
    """

    name = "receptive"
    _esm = module(name)
    length = _synced(name, "length")
    layers = _synced(name, "layers")
    at = _synced(name, "at")


class NormalizationWidget(CourseWidget):
    """Which numbers share a mean and a variance in batch, layer, instance and group norm.

    Traits: ``values`` (images, channels, 2, 2), ``kind`` ("batch", "layer", "instance", "group"),
    ``groups``, ``at`` (image, channel, row, column), ``after`` (whether the normalized numbers are
    shown) and ``seed``. Chapter: *Activations, normalization, dropout*.

    >>> NormalizationWidget(kind="group").kind
    'group'
    """

    name = "normalization"
    _esm = module(name)
    values = _synced(name, "values")
    kind = _synced(name, "kind")
    groups = _synced(name, "groups")
    at = _synced(name, "at")
    after = _synced(name, "after")
    seed = _synced(name, "seed")


class LeNetWidget(CourseWidget):
    """A LeNet-5 trained on MNIST: draw a digit, see every feature map and the probabilities.

    Trait: ``strokes`` (lines of points (x, y) in a square of 28 by 28). ``result`` has every
    layer's output, such as ``result["probabilities"]``. Chapter: *Training LeNet*.

    >>> len(LeNetWidget(strokes=[]).strokes)
    0
    """

    name = "lenet"
    _esm = module(name)
    strokes = _synced(name, "strokes")
