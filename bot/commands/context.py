"""What every verb gets from the command line: the configuration file, read once and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import click

from bot.core import config, logs


@dataclass
class Invocation:
    """One run of `tongxin`; `path` is None for the default place."""

    path: Path | None = None
    _config: config.Config | None = field(default=None, repr=False)

    def config(self) -> config.Config:
        """The settings; raises ConfigError, which the command line shows without a traceback."""
        if self._config is None:
            self._config = config.load(self.path)
            logs.hide(self._config.secrets())
        return self._config


def invocation_of(ctx: click.Context) -> Invocation:
    """This run's options that stand before the verb."""
    return ctx.find_root().ensure_object(Invocation)


def config_of(ctx: click.Context) -> config.Config:
    """The settings for a verb, loaded once."""
    return invocation_of(ctx).config()
