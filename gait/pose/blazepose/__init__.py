"""BlazePose, run by LiteRT in this process: regions of the picture, joints in them, and the model that does both."""
