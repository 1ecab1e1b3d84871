"""Where data sets are kept, and what to do when they are not there."""

import os
from pathlib import Path

VARIABLE = "CONVNET_DATA"


def data_folder(root: str | Path | None) -> Path:
    """Return ``root``, or else the folder that ``CONVNET_DATA`` names.

    Raises:
        RuntimeError: there is no ``root``, and the variable is not set.

    >>> data_folder("pictures").name
    'pictures'
    """
    if root is not None:
        return Path(root)
    named = os.environ.get(VARIABLE)
    if not named:
        raise RuntimeError(
            f"the environment variable {VARIABLE} is not set, but needs to name the folder of the "
            f"data sets; run for example `export {VARIABLE}=$HOME/convnet-data`, or pass root"
        )
    return Path(named).expanduser()


def missing(name: str, folder: Path, wanted: str, loader: str, why: object) -> FileNotFoundError:
    """Return the error that says which files a data set lacks and how to get them."""
    return FileNotFoundError(
        f"{name} is not in {folder}: it needs {wanted} ({why}). To download it, run "
        f"`python -c \"from convnet.data import {loader}; {loader}('train', download=True)\"`; "
        f"without a network, copy these files there, or set {VARIABLE} to the folder that has them"
    )
