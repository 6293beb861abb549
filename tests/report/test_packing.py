import base64
from typing import Any

import numpy as np

from gait.report.packing import Store, thin


def _unpack(array: dict[str, Any]) -> np.ndarray:
    raw = np.frombuffer(base64.b64decode(array["base64"]), dtype=f"<{array['dtype']}")
    if array["dtype"] == "f4":
        return raw
    return np.where(raw == -32_768, np.nan, array["low"] + (raw + 32_767.0) * array["step"])


def test_packing_gives_the_numbers_back_and_stores_each_array_once() -> None:
    time_s = np.arange(5) / 30
    knee = np.array([1.0, np.nan, -3.5, 60.25, 0.0])
    store = Store()
    left, right = store.put([{"x": time_s, "y": knee, "name": "left"}, {"x": time_s.copy(), "y": -knee}])
    assert left["x"] == right["x"] == {"array": 0}
    assert len(store.arrays) == 3
    assert left["name"] == "left"
    np.testing.assert_allclose(_unpack(store.arrays[left["y"]["array"]]), knee, atol=0.001)
    np.testing.assert_allclose(_unpack(store.arrays[left["x"]["array"]]), time_s, rtol=1e-7)


def test_a_value_far_beyond_the_others_does_not_make_them_coarse() -> None:
    sway = np.sin(np.arange(600) / 10) / 50
    sway[300] = 1e5
    store = Store()
    (trace,) = store.put([{"y": sway}])
    np.testing.assert_allclose(_unpack(store.arrays[trace["y"]["array"]]), sway, rtol=1e-6)


def test_curves_of_the_same_shape_at_another_height_stay_two() -> None:
    y = np.array([0.0, 1.0, 4.0])
    store = Store()
    first, second = store.put([{"y": y}, {"y": y + 10}])
    np.testing.assert_allclose(_unpack(store.arrays[first["y"]["array"]]), y, atol=1e-4)
    np.testing.assert_allclose(_unpack(store.arrays[second["y"]["array"]]), y + 10, atol=1e-4)


def test_thinning_keeps_the_extremes_the_gaps_and_the_order() -> None:
    x = np.arange(100_000) / 60
    y = np.sin(x)
    y[43_210], y[77_777] = 9.0, -9.0
    y[50_000:50_600] = np.nan
    thin_x, thin_y = thin(x, y, 6_000)
    assert len(thin_x) <= 6_000
    assert np.nanmax(thin_y) == 9.0
    assert np.nanmin(thin_y) == -9.0
    assert np.isnan(thin_y[(thin_x > x[50_100]) & (thin_x < x[50_500])]).all()
    assert (np.diff(thin_x) > 0).all()


def test_a_short_curve_is_left_as_it_is() -> None:
    x = np.arange(50.0)
    assert thin(x, x)[0] is x
