"""Encode numbered pictures to a video with FFmpeg.

A `CommandAdaptor` is for a program that loads nothing worth keeping: it gives the command line, and
the runtime starts it, logs it, ends it with its children when the task is canceled, and passes its
exit status on. Progress is read from what `ffmpeg -progress` writes: `frame=17` and the like.

FFmpeg's options: https://ffmpeg.org/ffmpeg.html
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from juncture.errors import DataError, JunctureError
from juncture.runtime import (
    AdaptorDataValidators,
    CommandAdaptor,
    ManagedProcess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
)

if TYPE_CHECKING:
    from typing import Any

_FORMATS: dict[str, list[str]] = {
    ".mp4": [
        *["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"],  # yuv420p has no odd sizes
        *["-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
    ],
    ".gif": ["-filter_complex", "split[a][b];[a]palettegen[p];[b][p]paletteuse", "-loop", "0"],
}
_HASHES = re.compile(r"#+")


class FfmpegAdaptor(CommandAdaptor):
    """One task is one video."""

    integration_data_interface_version = SemanticVersion(0, 1)

    def get_managed_process(self, run_data: dict[str, Any]) -> ManagedProcess:
        """Return the command line for one video."""
        schemas = Path(__file__).with_name("schemas")
        AdaptorDataValidators.for_adaptor(str(schemas)).run_data.validate(run_data)
        paths = {name: self.map_path(run_data[name]) for name in ("pictures", "output")}
        encode = _Encode({**run_data, **paths})
        encode.stdout_handler = RegexHandler(
            [RegexCallback([re.compile(r"^frame=\s*(\d+)$")], self._on_frame)]
        )
        self._total = encode.total
        return encode

    def _on_frame(self, match: re.Match[str]) -> None:
        self.update_status(progress=min(100.0, round(100 * int(match[1]) / self._total, 1)))


class _Encode(ManagedProcess):
    """`ffmpeg -i frame_%04d.png … video.mp4`, written under another name until it is complete."""

    def __init__(self, run_data: dict[str, Any]) -> None:
        super().__init__(run_data)
        self._output = Path(run_data["output"])
        self._unfinished = self._output.with_name(f".{self._output.stem}.part{self._output.suffix}")
        if self._output.suffix.lower() not in _FORMATS:
            raise DataError(
                f"output {self._output.name!r} has an unknown format: expected"
                f" {' or '.join(_FORMATS)}",
                hint="end the file's name in .mp4 or .gif",
            )
        self._first, self.total = _find(Path(run_data["pictures"]))

    def get_executable(self) -> str:
        """Return FFmpeg: the one on PATH, else the one of the `imageio-ffmpeg` package."""
        found = shutil.which("ffmpeg")
        if found:
            return found
        try:
            import imageio_ffmpeg
        except ImportError:
            raise JunctureError(
                "FFmpeg was not found: neither `ffmpeg` on PATH nor the Python package"
                " `imageio-ffmpeg`",
                hint="install Debian's package ffmpeg, or `pip install imageio-ffmpeg`",
            ) from None
        return str(imageio_ffmpeg.get_ffmpeg_exe())

    def get_arguments(self) -> list[str]:
        """Return the options; a list, so nothing in a file's name is ever special to a shell."""
        pictures = Path(self.run_data["pictures"])
        name = pictures.name.replace("%", "%%")
        name = _HASHES.sub(lambda hashes: f"%0{len(hashes[0])}d", name)
        quiet = ["-hide_banner", "-nostdin", "-loglevel", "warning", "-y", "-progress", "pipe:1"]
        rate = ["-framerate", str(self.run_data.get("frames_per_second", 24))]
        source = ["-start_number", str(self._first), "-i", str(pictures.with_name(name))]
        encoding = _FORMATS[self._output.suffix.lower()]
        return [*quiet, *rate, *source, *encoding, str(self._unfinished)]

    def run(self) -> int:
        """Encode; only a complete video gets its name."""
        try:
            status = super().run()
            if status == 0:
                os.replace(self._unfinished, self._output)
            return status
        finally:
            self._unfinished.unlink(missing_ok=True)


def _find(pictures: Path) -> tuple[int, int]:
    """Return the first frame's number and how many frames follow without a gap."""
    match = _HASHES.search(pictures.name)
    if match is None:
        raise DataError(
            f"pictures {pictures.name!r} has no place for a frame number",
            hint="write a run of # for it, like frame_####.png",
        )
    before, after = pictures.name[: match.start()], pictures.name[match.end() :]
    pattern = re.compile(re.escape(before) + rf"(\d{{{len(match[0])},}})" + re.escape(after))
    names = (pattern.fullmatch(path.name) for path in pictures.parent.glob("*"))
    numbers = {int(name[1]) for name in names if name}
    if not numbers:
        raise DataError(
            f"no picture is named like {str(pictures)!r}",
            hint="the number of # is the number of digits",
        )
    first = last = min(numbers)
    while last + 1 in numbers:
        last += 1
    return first, last - first + 1
