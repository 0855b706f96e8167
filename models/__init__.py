"""Tables, one file per subject, with the queries that ask about them. Knows nobody."""

import models.appeal
import models.asset
import models.audit
import models.casework
import models.consent
import models.console
import models.conversation
import models.delivery
import models.follower
import models.inbound
import models.phrase
import models.policy
import models.profile
import models.quota
import models.reminder
import models.schedule
import models.staff
import models.study
import models.sync
import models.tag
import models.token
import models.unit  # noqa: F401 — importing them all is what fills the metadata
