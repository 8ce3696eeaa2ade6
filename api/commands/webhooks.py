"""Webhooks and their deliveries, for operators, with the rules of the API."""

from datetime import datetime
from typing import Any
from uuid import UUID

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.given_options import select_given
from api.commands.output import (
    add_json_option,
    add_list_options,
    print_item,
    print_list,
)
from api.commands.pages import PAGE_ROWS, read_pages
from api.core.database import in_transaction
from api.core.keyset import PageQuery
from api.core.principal import OPERATOR
from api.web.schemas import Input, parse_timestamp, renderer
from api.webhooks import delivery_schemas, replay, replay_schemas, schemas, search, service
from api.webhooks.delivery_schemas import DeliverySearch
from api.webhooks.models import DeliveryState, Payload
from api.webhooks.schemas import MAX_OVERLAP_HOURS, WebhookCreation, WebhookPatch

COLUMNS = ("id", "health", "failing_since", "pending_deliveries", "payload", "events", "url")
DELIVERY_COLUMNS = ("id", "state", "event", "attempts", "created_at", "last_error")

render_webhook = renderer(schemas.webhook)
render_with_secret = renderer(schemas.webhook_with_secret)
render_delivery = renderer(delivery_schemas.delivery)
render_details = renderer(delivery_schemas.delivery_details)

webhook_argument = click.argument("webhook", type=click.UUID)
delivery_argument = click.argument("delivery", type=click.UUID)
event_option = click.option(
    "--event", "events", multiple=True, help="An event to receive, or *; can be repeated."
)
payload_option = click.option(
    "--payload",
    type=click.Choice([each.value for each in Payload]),
    help="What it receives: ids alone, or details as well.",
)
description_option = click.option("--description", help="What it is for.")
ordered_option = click.option(
    "--ordered/--unordered", default=None, help="Deliver the events of an account one by one."
)
enabled_option = click.option(
    "--enabled/--disabled", default=None, help="While it is disabled, its events are not stored."
)


class Timestamp(click.ParamType[datetime]):
    """A timestamp of RFC 3339."""

    name = "timestamp"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_timestamp(value)
        except (ValueError, OverflowError):
            self.fail("give a timestamp such as 2026-11-23T09:30:00Z", param, ctx)


@click.group(name="webhooks", context_settings=IN_APPLICATION)
def command() -> None:
    """Deliver events to URLs, signed. WEBHOOK and DELIVERY are ids."""


@command.command
@click.argument("url")
@event_option
@payload_option
@description_option
@ordered_option
@enabled_option
@add_json_option
@with_appcontext
def create(*, as_json: bool, **given: Any) -> None:
    """Create a webhook, and print it with its secret, which is never shown again.

    Without --event it receives all events.
    """
    members = select_given(given)
    members.setdefault("events", ["*"])
    Input(schemas.webhook_creation).check(members)
    creation = WebhookCreation(**members)  # type: ignore[typeddict-item]
    created = in_transaction(lambda: service.create(creation, by=OPERATOR))
    print_item(created, render=render_with_secret, as_json=as_json)


@command.command(name="list")
@add_list_options
@with_appcontext
def list_webhooks(*, limit: int, as_json: bool) -> None:
    """List the webhooks, newest first, with what shows whether they work."""
    found = read_pages(search.find_webhooks, PageQuery(limit=PAGE_ROWS, sort="-created_at"))
    print_list(found, COLUMNS, render=render_webhook, limit=limit, as_json=as_json)


@command.command
@webhook_argument
@add_json_option
@with_appcontext
def show(webhook: UUID, *, as_json: bool) -> None:
    """Show a webhook."""
    print_item(search.get_webhook(webhook), render=render_webhook, as_json=as_json)


@command.command
@webhook_argument
@click.option("--url")
@event_option
@payload_option
@description_option
@ordered_option
@enabled_option
@with_appcontext
def update(webhook: UUID, **given: Any) -> None:
    """Change a webhook. The events that are given replace all others."""
    members = select_given(given)
    if not members:
        raise click.UsageError("Give an option that says what to change.")
    Input(schemas.webhook_patch).check(members)
    changes = WebhookPatch(**members)  # type: ignore[typeddict-item]
    in_transaction(lambda: service.update(webhook, changes, by=OPERATOR))
    click.echo("Changed the webhook.")


@command.command
@webhook_argument
@with_appcontext
def delete(webhook: UUID) -> None:
    """Delete a webhook with its deliveries, also those that wait."""
    in_transaction(lambda: service.delete(webhook, by=OPERATOR))
    click.echo("Deleted the webhook.")


@command.command(name="rotate-secret")
@webhook_argument
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, MAX_OVERLAP_HOURS),
    default=schemas.DEFAULT_OVERLAP_HOURS,
    show_default=True,
    help="For how long the former secret also signs.",
)
@add_json_option
@with_appcontext
def rotate_secret(webhook: UUID, *, overlap_hours: int, as_json: bool) -> None:
    """Replace the secret of a webhook, and print the new one, which is never shown again."""
    rotated = in_transaction(
        lambda: service.rotate_secret(webhook, {"overlap_hours": overlap_hours}, by=OPERATOR)
    )
    print_item(rotated, render=render_with_secret, as_json=as_json)


@command.command
@webhook_argument
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]))
@add_list_options
@with_appcontext
def deliveries(webhook: UUID, *, state: str | None, limit: int, as_json: bool) -> None:
    """List the deliveries of a webhook, newest first."""
    query = DeliverySearch(limit=PAGE_ROWS, sort="-created_at")
    if state is not None:
        query["state"] = state
    found = read_pages(lambda page: search.find_deliveries(webhook, page), query)
    print_list(found, DELIVERY_COLUMNS, render=render_delivery, limit=limit, as_json=as_json)


@command.command(name="show-delivery")
@webhook_argument
@delivery_argument
@add_json_option
@with_appcontext
def show_delivery(webhook: UUID, delivery: UUID, *, as_json: bool) -> None:
    """Show a delivery with what is sent, and its attempts."""
    found = search.get_delivery(webhook, delivery, by=OPERATOR)
    print_item(found, render=render_details, as_json=as_json)


@command.command
@webhook_argument
@delivery_argument
@with_appcontext
def redeliver(webhook: UUID, delivery: UUID) -> None:
    """Let the worker deliver an event once more."""
    in_transaction(lambda: replay.redeliver(webhook, delivery, by=OPERATOR))
    click.echo("A worker will deliver the event again.")


@command.command(name="replay")
@webhook_argument
@click.option("--from", "begin", type=Timestamp(), required=True, help="2026-11-23T09:30:00Z")
@click.option("--to", "end", type=Timestamp(), required=True)
@click.option("--event", "events", multiple=True, help="Only this event; can be repeated.")
@click.option("--only-failed", is_flag=True, help="Only deliveries that were given up.")
@with_appcontext
def replay_events(
    webhook: UUID, *, begin: datetime, end: datetime, events: tuple[str, ...], only_failed: bool
) -> None:
    """Let the worker deliver the events of a range of time again."""
    if begin >= end:
        raise click.UsageError("--to must be after --from")
    given = replay_schemas.PreparedReplay(
        begin=begin, end=end, events=list(events) or None, only_failed=only_failed
    )
    replayed = in_transaction(lambda: replay.replay(webhook, given, by=OPERATOR))
    click.echo(f"A worker will deliver {replayed.deliveries} events.")


@command.command
@webhook_argument
@with_appcontext
def test(webhook: UUID) -> None:
    """Send a test to a webhook, and print the id of its delivery."""
    sent = in_transaction(lambda: replay.send_test(webhook))
    click.echo(sent.id)
    click.echo("A worker will deliver the test.", err=True)
