"""The made-up results as fixtures."""

import pytest

from gait.types import Result
from tests.report.example_results import EXAMPLES, side_view


@pytest.fixture
def result() -> Result:
    """A 12 s walk seen from the side."""
    return side_view()


@pytest.fixture(params=list(EXAMPLES))
def any_result(request: pytest.FixtureRequest) -> Result:
    """Each made-up result in turn."""
    return EXAMPLES[request.param]()
