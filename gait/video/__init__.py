"""Reading and writing video; the only place that imports PyAV."""

from gait.video.clip import Clip, Frame
from gait.video.decode import ReadReport
from gait.video.reader import open_video, probe
from gait.video.transcode import fitted_size, transcode
from gait.video.writer import VideoWriter

__all__ = [
    "Clip",
    "Frame",
    "ReadReport",
    "VideoWriter",
    "fitted_size",
    "open_video",
    "probe",
    "transcode",
]
