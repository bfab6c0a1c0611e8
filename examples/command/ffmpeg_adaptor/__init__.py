"""An application adaptor that runs one FFmpeg command per task: numbered pictures to a video."""
