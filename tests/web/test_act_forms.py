"""The forms of all acts there are."""

import pytest

from onhand.kernel.acts import Act, all_acts
from onhand.web.act_forms import LISTS, field_views
from tests.factories import make_actor


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act", [pytest.param(act, id=act.name) for act in all_acts() if any(f.widget in LISTS for f in act.fields)]
)
def test_what_is_chosen_from_a_list_has_a_list(act: Act) -> None:
    listed = {field.name for field in act.fields if field.widget in LISTS}
    for view in field_views(act, make_actor(), None):
        if view.name in listed:
            assert view.widget == "choice"
            assert len(view.choices) > 1, view.name
