"""`python -m bot …` is `tongxin …`."""

from bot.cli import main

main(prog_name="tongxin")
