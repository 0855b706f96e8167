"""What is promised of the schedule holds on both databases and with both dispatchers."""

from tests.support.variants import dialect, dispatcher, variant

__all__ = ["dialect", "dispatcher", "variant"]
