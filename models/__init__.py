"""Tables, one file per subject, with the queries that ask about them. Knows nobody."""

import models.appeal
import models.conversation
import models.delivery
import models.follower
import models.inbound
import models.policy
import models.schedule
import models.study
import models.token  # noqa: F401 — importing them all is what fills the metadata
