"""Everything that ffmpeg does for manycast, as child processes."""
