"""What is promised of a series' push holds on both databases and with both dispatchers."""

from tests.support.variants import dialect, dispatcher, variant

__all__ = ["dialect", "dispatcher", "variant"]
