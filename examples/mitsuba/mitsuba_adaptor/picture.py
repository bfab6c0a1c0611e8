"""Picture files: complete or not there at all.

A picture is written under another name in the same directory and renamed when it is complete, so
that whoever looks for it never finds half of one.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from juncture.errors import JunctureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".png", ".exr")


@contextlib.contextmanager
def new_picture(output: Path) -> Iterator[Path]:
    """Give the name to write to, and rename it to `output` if all goes well.

    Entering makes the file, so a place that cannot be written is known before hours of rendering.

    Raises:
        UsageError: nothing can be written there.
    """
    unfinished = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        unfinished.touch()
    except OSError as error:
        raise UsageError(
            f"output {str(output)!r} cannot be written: {error.strerror}",
            hint="make the directory, or choose one that this user may write to",
        ) from error
    try:
        yield unfinished
        os.replace(unfinished, output)
    finally:
        unfinished.unlink(missing_ok=True)


def write_picture(path: Path, pixels: NDArray[np.float64], suffix: str) -> None:
    """Write linear light as PNG (sRGB, 8 bit) or EXR (linear, 16 bit floats).

    Args:
        path: Any name: the format is chosen by `suffix`.
        pixels: Rows, columns, (red, green, blue).
        suffix: One of `SUFFIXES`, in any case.

    Raises:
        JunctureError: Mitsuba could not write the file.
    """
    import mitsuba as mi
    import numpy as np

    bitmap = mi.Bitmap(np.ascontiguousarray(pixels, dtype=np.float32))
    kind = mi.Struct.Type
    try:
        if suffix.lower() == ".exr":
            half = bitmap.convert(mi.Bitmap.PixelFormat.RGB, kind.Float16, srgb_gamma=False)
            half.write(str(path), mi.Bitmap.FileFormat.OpenEXR)
        else:
            bytes_ = bitmap.convert(mi.Bitmap.PixelFormat.RGB, kind.UInt8, srgb_gamma=True)
            bytes_.write(str(path), mi.Bitmap.FileFormat.PNG)
    except RuntimeError as error:
        raise JunctureError(
            f"the picture could not be written: {' '.join(str(error).split())}",
            hint="see whether the disk is full",
        ) from error
