"""Which pose model is opened, and what is said where none can be."""

import subprocess
import sys
from pathlib import Path

import pytest

from gait.config import PoseSettings
from gait.errors import ModelUnavailableError, UsageError
from gait.litert import is_ready
from gait.pose.registry import open_model, visible_gpu
from gait.pose.sapiens2.weights import is_installed as sapiens2_is_installed


def test_an_unknown_name_lists_the_valid_ones() -> None:
    with pytest.raises(UsageError, match=r"auto, blazepose, blazepose-heavy, sapiens2-0\.4b, .*5b, or a path"):
        open_model(PoseSettings(model="openpose"))


def test_a_path_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError):
        open_model(PoseSettings(model=str(tmp_path / "weights.safetensors")))


@pytest.mark.skipif(sapiens2_is_installed(), reason="Sapiens2 is installed")
def test_without_the_packages_it_says_what_to_install() -> None:
    with pytest.raises(ModelUnavailableError, match=r'pip install "gait\[sapiens2\]"') as caught:
        open_model(PoseSettings(model="sapiens2-0.4b"))
    assert caught.value.exit_code == 5


@pytest.mark.skipif(not is_ready("full"), reason="BlazePose is not installed")
@pytest.mark.parametrize(
    ("device", "why"), [("cpu", "because it is to run on the CPU"), ("auto", "because there is no GPU here")]
)
def test_auto_without_a_gpu_is_blazepose_and_says_why(device: str, why: str) -> None:
    if device == "auto" and visible_gpu() != "cpu":
        pytest.skip("there is a GPU")
    told: list[str] = []
    with open_model(PoseSettings(model="auto", device=device, threads=1), told.append) as model:
        assert model.name == "blazepose"
        assert model.provenance().reason == model.reason
    assert told == [model.reason]
    assert why in model.reason


def test_looking_for_a_gpu_does_not_import_torch() -> None:
    code = "import sys, gait.pose.registry as r; r.visible_gpu(); r.available_models(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(not is_ready("full"), reason="BlazePose is not installed")
def test_the_heavy_network_says_how_to_fetch_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailableError, match="gait models pull blazepose-heavy") as caught:
        open_model(PoseSettings(model="blazepose-heavy"))
    assert caught.value.exit_code == 5
