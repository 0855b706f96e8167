"""The command line with a right configuration; an office for what it does with cases."""

from tests.appeals.conftest import monday, office
from tests.support.configs import plain_environment, process, secrets, tongxin, valid, written

__all__ = ["monday", "office", "plain_environment", "process", "secrets", "tongxin", "valid", "written"]
