"""The alerts' sensor: looks at Dagster's records and tells people."""

# Without postponed annotations: Dagster reads the type of `context`.
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg

from lakehouse_assets.settings import Settings
from resources.notifiers import Channel, load_services
from sensors.alerts.book import News
from sensors.alerts.looking import look
from sensors.alerts.messages import Message
from sensors.alerts.outbox import Waiting
from sensors.alerts.problem import name_of
from sensors.alerts.records import records_of
from sensors.alerts.routes import Routing, load_routing
from sensors.alerts.sending import deliver
from sensors.alerts.state import State, state_of
from sensors.alerts.tickers import NAME

EVERY_SECONDS = 60
KEPT_AS = "lakehouse/alerts"  # in the instance's store of values


def alerts_sensor() -> dg.SensorDefinition:
    """Tells people of problems, by the channels of `alerts.toml`.

    Everything is read off Dagster's own records. The state is written before anything is sent, and again once it
    was: a look that is killed in between sends twice rather than never.
    """

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=EVERY_SECONDS,
        description="Tells the owners of tables what failed, is late, unusual or insecure, and when it is over.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        repository = context.repository_def
        if repository is None:
            return dg.SkipReason("the code location did not load")
        now, routing = datetime.now(UTC), load_routing(Settings.from_environment())
        before = load_state(context.instance)
        records = records_of(context.instance, repository, before, now)
        state, news = look(before, records, routing, owners_of(repository), now.timestamp())
        save_state(context.instance, state)
        if any(waiting.due(now.timestamp()) for waiting in state.outbox.values()):
            load_services()  # here rather than in the seconds that a channel has
        outbox, failed = deliver(state.outbox, sender(routing), now.timestamp())
        save_state(context.instance, replace(state, outbox=outbox))
        for why in failed.values():
            context.log.error(why)
        if records.unread:
            context.log.warning(f"no log of these tables could be read: {', '.join(map(name_of, records.unread))}")
        return dg.SkipReason(said(news, outbox, routing))

    return alerts


def owners_of(repository: dg.RepositoryDefinition) -> Callable[[str], Sequence[str]]:
    """The owners of a table by its id; nobody for what is no table."""
    graph = repository.asset_graph
    owners = {"/".join(key.path): tuple(graph.get(key).owners) for key in graph.get_all_asset_keys()}
    return lambda subject: owners.get(subject, ())


def sender(routing: Routing) -> Callable[[str, Message], None]:
    """How a message gets to a channel of this routing."""
    channels = {name: Channel(name, variable) for name, variable in routing.channels.items()}

    def send(channel: str, message: Message) -> None:
        channels[channel].send(message.title, message.text, message.severity)

    return send


def load_state(instance: dg.DagsterInstance) -> State:
    """What the last look left; nothing where there was none, or where it cannot be read."""
    return state_of(instance.daemon_cursor_storage.get_cursor_values({KEPT_AS}).get(KEPT_AS))


def save_state(instance: dg.DagsterInstance, state: State) -> None:
    """Leave it to the next look."""
    instance.daemon_cursor_storage.set_cursor_values({KEPT_AS: state.as_text()})


def said(news: Sequence[News], outbox: Mapping[str, Waiting], routing: Routing) -> str:
    """What the tick shows: how much was news, what waits, and for which channel."""
    if not routing.channels:
        return "nobody is told, because no channel is configured: see docs/alerts.md"
    parts = [f"{len(news)} told" if news else "nothing new"]
    for channel, waiting in outbox.items():
        if waiting.messages or waiting.dropped:
            parts.append(f"{channel} fails: {len(waiting.messages)} messages wait, {waiting.dropped} were dropped")
    return "; ".join(parts)
