"""Pictures as the bytes of JPEG files, and back."""

from __future__ import annotations

import numpy as np

from gait.types import ImageArray


def encode(picture: ImageArray, quality: int = 92) -> bytes:
    """Return a picture, uint8 RGB (H, W, 3), as the bytes of a JPEG file of a quality from 0 to 100."""
    import cv2

    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return bytes(jpeg.tobytes())


def decode(jpeg: bytes) -> ImageArray:
    """Return the picture, uint8 RGB (H, W, 3), in the bytes of a JPEG file."""
    import cv2

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
