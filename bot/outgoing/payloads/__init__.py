"""What a message says, by form: checked, put into WeChat's objects, and in plain words.

| form | payload | channels, the preferred first |
|---|---|---|
| text | `text` | custom, mass, passive |
| page | `title digest url text`: a card that opens a page; its words where there are no cards | custom, mass, passive |
| article | `title author digest source_url html cover pictures`, as `read_article` makes it of a Markdown file | mass, custom, passive |
| template | `template_id data url?`, `data` as `{"thing1": "…"}` or `{"thing1": {"value": "…"}}` | template, passive |
| notice | `template_id data page?` | notice, passive |
| menu | `head items tail text`: items to tap, of single messages only (`bot/appeals/survey.py`) | custom, passive |

An article goes by customer-service message once it is published (`bot/outgoing/delivery/publishing.py`): `mpnews` is being withdrawn
there (platform §5.2). A payload is plain JSON and holds pictures by their SHA-256, so it can be frozen by its hash
and sent from any process that shares `[storage] path`.
"""

from bot.outgoing.payloads.article import read_article
from bot.outgoing.payloads.checks import check
from bot.outgoing.payloads.draft import make_draft
from bot.outgoing.payloads.messages import (
    FORMS,
    custom_message,
    mass_message,
    notice_message,
    possible_channels,
    template_message,
    words,
)
from bot.outgoing.payloads.problem import ArticleUnreadable, Problem

__all__ = [
    "FORMS",
    "ArticleUnreadable",
    "Problem",
    "check",
    "custom_message",
    "make_draft",
    "mass_message",
    "notice_message",
    "possible_channels",
    "read_article",
    "template_message",
    "words",
]
