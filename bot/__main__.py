"""`python -m bot …` is `tongxin …`."""

from bot.commands.cli import main

main(prog_name="tongxin")
