"""How much somebody may send us at once: one limit for the page, the server and nginx.

`client_max_body_size` in deploy/nginx/tongxin.conf says MOST_BODY and its page FILE_MB; a test compares them.
"""

from __future__ import annotations

FILE_MB = 10
MOST_FILE = FILE_MB * 1024 * 1024
MOST_BODY = MOST_FILE + 2 * 1024 * 1024  # a file with the form around it
