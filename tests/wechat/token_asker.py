"""A process that asks for the account's token when a line comes, and disputes it when the next comes: DATABASE API."""

from __future__ import annotations

import sys

from bot.core.db import connect
from bot.wechat.account import Account
from bot.wechat.token import TokenStore


def main(url: str, base: str) -> None:
    account = Account("wx0123456789abcdef", "s", "t", "", "", "secure", "service", True, base, 1.0, 5.0, 300)
    store = TokenStore(connect(url), account)
    print("ready", flush=True)
    sys.stdin.readline()
    first = store.get()
    print(first, flush=True)
    sys.stdin.readline()
    print(store.refresh(first), flush=True)


main(*sys.argv[1:])
