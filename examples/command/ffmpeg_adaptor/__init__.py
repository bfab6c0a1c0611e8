"""An application adaptor that runs one FFmpeg command per task: numbered pictures to a video."""

__version__ = "0.1.0"
