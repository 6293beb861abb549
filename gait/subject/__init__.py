"""Who is in the video, and who is followed."""

from gait.subject.detect.registry import DETECTORS
from gait.subject.detections import Detections, Detector, Sample
from gait.subject.follow import follow_subject

__all__ = ["DETECTORS", "Detections", "Detector", "Sample", "follow_subject"]
