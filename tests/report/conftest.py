import pytest
from example_view import example_view
from hypothesis import settings

from traitscope.report import ReportView

# The first example pays for imports and a busy machine: a deadline would fail it for no reason of ours.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def view() -> ReportView:
    """Everything a report can show: three traits, one of them steered, a planted adapter and a control."""
    return example_view()
