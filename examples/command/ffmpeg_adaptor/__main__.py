"""The adaptor's command line: `python -m ffmpeg_adaptor`."""

from juncture.runtime import EntryPoint

if __name__ == "__main__":
    EntryPoint("ffmpeg_adaptor.adaptor:FfmpegAdaptor").start()
