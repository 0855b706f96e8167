"""Which handler answers: routes declared by handlers, and the order in which they are asked.

The order is the contract (domain §7.3): words that work anywhere, the open form, exact words, patterns,
understanding, the fall-back. Everything here is pure; `bot/chat/dispatch.py` walks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.chat.context import Context
from bot.understanding.normalise import normalise
from bot.wechat.replies import Reply

Handler = Callable[[Context], Reply | None]


@dataclass(frozen=True)
class Route:
    """One route to a handler. `help` tells a citizen (or a colleague, for events) what it is for."""

    handler: Handler
    help: str
    topic: str
    words: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    event: str | None = None
    event_key: str | None = None
    form: str | None = None
    kind: str | None = None
    intent: str | None = None
    anywhere: bool = False  # also inside a form


@dataclass
class Router:
    """The routes of one topic; every file in handlers/ has one, named `router`."""

    topic: str
    routes: list[Route] = field(default_factory=list)

    def keyword(self, *words: str, help: str, anywhere: bool = False) -> Callable[[Handler], Handler]:
        """The whole message is one of `words`, however it was typed."""
        return self._add_route(help, words=frozenset(normalise(w) for w in words), anywhere=anywhere)

    def pattern(self, regex: str, *, help: str, anywhere: bool = False) -> Callable[[Handler], Handler]:
        """The whole normalised message matches; named groups arrive in `ctx.groups`."""
        return self._add_route(help, pattern=re.compile(regex), anywhere=anywhere)

    def event(self, name: str, key: str | None = None, *, help: str) -> Callable[[Handler], Handler]:
        """An event of this name (case does not matter), and this EventKey if one is given."""
        return self._add_route(help, event=name.lower(), event_key=key)

    def state(self, form: str, *, help: str) -> Callable[[Handler], Handler]:
        """Everything that a person sends while this form is open."""
        return self._add_route(help, form=form)

    def kind(self, name: str, *, help: str) -> Callable[[Handler], Handler]:
        """Messages of one kind other than text: image, voice, location …"""
        return self._add_route(help, kind=name)

    def intent(self, label: str, *, help: str) -> Callable[[Handler], Handler]:
        """What the understanding made of the words; a label that ends in `*` takes every label that begins like it."""
        return self._add_route(help, intent=label)

    def _add_route(
        self,
        help: str,
        *,
        words: frozenset[str] = frozenset(),
        pattern: re.Pattern[str] | None = None,
        event: str | None = None,
        event_key: str | None = None,
        form: str | None = None,
        kind: str | None = None,
        intent: str | None = None,
        anywhere: bool = False,
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.routes.append(
                Route(
                    handler, help, self.topic, words, pattern, event, event_key, form, kind, intent, anywhere
                )
            )
            return handler

        return register


@dataclass(frozen=True)
class RouteMatch:
    """A route that fits and the named groups of its pattern."""

    route: Route
    groups: dict[str, str]


class Routes:
    """All routes of all handlers, indexed for looking up."""

    def __init__(self, routers: list[Router]) -> None:
        self.all = [route for router in routers for route in router.routes]
        self.routers = routers
        self._forms = {r.form: r for r in self.all if r.form}
        self._kinds = {r.kind: r for r in self.all if r.kind}

    def for_words(self, text: str, *, anywhere: bool) -> Iterator[RouteMatch]:
        """Routes for a normalised text, exact words before patterns; with `anywhere` only the global ones."""
        open_to = [r for r in self.all if r.anywhere or not anywhere]
        for route in open_to:
            if text in route.words:
                yield RouteMatch(route, {})
        for route in open_to:
            if route.pattern and (match := route.pattern.fullmatch(text)):
                yield RouteMatch(route, {k: v for k, v in match.groupdict().items() if v is not None})

    def for_event(self, name: str, key: str) -> Iterator[RouteMatch]:
        """Routes for an event; those that name the key come first."""
        fitting = [r for r in self.all if r.event == name and r.event_key in (None, key)]
        for route in sorted(fitting, key=lambda r: r.event_key is None):
            yield RouteMatch(route, {})

    def for_form(self, form: str) -> Route | None:
        """The route that continues an open form."""
        return self._forms.get(form)

    def for_kind(self, kind: str) -> Route | None:
        """The route for a message that is not text."""
        return self._kinds.get(kind)

    def for_intent(self, label: str) -> Iterator[RouteMatch]:
        """Routes for an intent, the exact label before the prefixes."""
        for route in self.all:
            if route.intent == label:
                yield RouteMatch(route, {})
        for route in self.all:
            if route.intent and route.intent.endswith("*") and label.startswith(route.intent[:-1]):
                yield RouteMatch(route, {})
