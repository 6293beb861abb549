"""The plug is pulled on real runs: the last good result is whole, and nothing is left over by the next run."""

import pytest

from tests.hostile.plug import Bench, Plan, plans
from tests.needs import need_blazepose


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    need_blazepose()
    return Bench(tmp_path_factory.mktemp("plug"))


@pytest.mark.slow
@pytest.mark.parametrize("plan", plans(6, seed=3), ids=lambda plan: plan.way.replace(" ", "_"))
def test_the_last_good_result_is_whole_and_nothing_is_left_over(bench: Bench, plan: Plan) -> None:
    assert not bench.try_out(plan).problems


def test_the_plans_try_every_way_and_moment() -> None:
    made = plans(30, seed=0)
    assert made == plans(30, seed=0) != plans(30, seed=1)
    assert {plan.files is None for plan in made if plan.way == "kill"} == {True, False}
