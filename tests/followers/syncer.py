"""A process that works on the follower sync until it ends or is killed: CONFIG."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.app import build_services
from bot.core.config import load
from bot.followers import sync


def main(config: str) -> None:
    services = build_services(load(Path(config), environ={}))
    print("ready", flush=True)
    while sync.work(services):
        print("round", flush=True)


main(sys.argv[1])
