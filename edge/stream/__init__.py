"""What viewers get: boxes on pictures, H.264, and the way to the media server."""
