"""The networks, run by LiteRT."""

import numpy as np
import pytest

from gait.litert import USED, Network, is_ready, weights_file

pytestmark = pytest.mark.skipif(not is_ready("full"), reason="BlazePose's weights are not here")


def test_what_is_not_asked_for_changes_nothing_in_what_is() -> None:
    from ai_edge_litert.interpreter import Interpreter

    network = Network("full")
    picture = np.random.default_rng(1).random((network.side_px, network.side_px, 3), dtype=np.float32)
    whole = Interpreter(model_path=str(weights_file("full")), num_threads=1)
    whole.allocate_tensors()
    whole.set_tensor(whole.get_input_details()[0]["index"], picture[None])
    whole.invoke()
    everything = [whole.get_tensor(detail["index"])[0] for detail in whole.get_output_details()]
    answers = network.run(picture)
    assert [answer.shape for answer in answers] == [(195,), (1,), (64, 64, 39)]
    for answer, place in zip(answers, USED["full"], strict=True):
        np.testing.assert_array_equal(answer, everything[place])
