"""What the models of lists have in common: a page, and how many items it has at most."""

from typing import Any

from api.web.fields import Cursor, Integer, List
from api.web.schemas import Model

MAX_PAGE_ITEMS = 100


def make_page_model(
    name: str, item: Model, items: str, *, description: str | None = None, **further: Any
) -> Model:
    """Return the model of a page. ``items`` is what people call its items, in the plural."""
    fields = {
        "items": List(
            item,
            required=True,
            max_items=MAX_PAGE_ITEMS,
            description=f"The {items} of this page, in order",
        ),
        "next": Cursor(is_next=True),
        **further,
    }
    example = {"items": [item.also["examples"][0]], "next": None}
    return Model(name, fields, description=description or f"A page of {items}.", example=example)


def page_limit(items: str) -> Integer:
    return Integer(
        minimum=1,
        maximum=MAX_PAGE_ITEMS,
        default=20,
        description=f"The maximum number of {items} on a page",
    )
