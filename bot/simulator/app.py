"""The simulator as one web application: wiring only."""

from __future__ import annotations

from functools import partial

from flask import Flask, request

from bot.simulator import gate
from bot.simulator.control import clockwork, control, control_platform, pages
from bot.simulator.control.answers import install
from bot.simulator.interfaces import (
    custom,
    drafts,
    mass,
    mass_jobs,
    material,
    media,
    menu,
    network,
    notices,
    publish,
    qrcode,
    quota,
    tags,
    templates,
    tokens,
    users,
)
from bot.simulator.server import INTERFACE, LARGEST_BODY, make_server
from bot.simulator.settings import SimulatorSettings
from bot.simulator.world import World

# Each of these registers its interfaces when it is imported.
INTERFACES = (
    custom, drafts, mass, material, media, menu, network, notices, publish, qrcode, quota, tags, templates, tokens, users,
)  # fmt: skip
WORLD = "simulator.world"


def create_simulator(settings: SimulatorSettings) -> Flask:
    """A simulated platform for one account, to be served by `make_server`, which answers /cgi-bin/ itself.

    Its World is in `app.extensions[WORLD]`; close it when done.
    """
    clockwork.prepare(settings.clock_file)
    world = World(settings)
    app = Flask(__name__, static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions[WORLD] = world
    app.extensions[INTERFACE] = partial(gate.handle, world)
    install(app)
    for blueprint in (control.blueprint(world), control_platform.blueprint(world), pages.blueprint(world)):
        app.register_blueprint(blueprint)

    @app.before_request
    def remember_address() -> None:
        world.base_url = request.host_url  # links in articles lead to where the browser came from

    with world.lock:
        mass_jobs.resume(world)
        publish.resume(world)
    return app


def serve(settings: SimulatorSettings, host: str, port: int) -> None:
    """Run the simulator until it is interrupted; then its state is kept."""
    app = create_simulator(settings)
    server = make_server(app, host, port)
    try:
        server.serve_forever()
    finally:
        world: World = app.extensions[WORLD]
        world.close()
