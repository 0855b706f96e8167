"""A right configuration to make wrong ones from, for the tests of the settings."""

from tests.support.configs import plain_environment, process, secrets, tongxin, valid, written

__all__ = ["plain_environment", "process", "secrets", "tongxin", "valid", "written"]
