"""WeChat's side on this machine: the HTTP API, the webhook caller, a chat page.

Written from WeChat's rules alone and without the rest of the product, so that it checks the product
independently; only the clock is shared, because both sides must agree on what time it is.
"""

from bot.simulator.app import create_simulator, serve
from bot.simulator.settings import SimulatorSettings

__all__ = ["SimulatorSettings", "create_simulator", "serve"]
