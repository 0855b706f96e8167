"""已经在用 gunicorn 的单位可以用它代替 `tongxin web --processes`（两者快慢相近，见 docs/benchmarks.md）。

TONGXIN_CONFIG=/etc/tongxin/config.toml gunicorn -c deploy/gunicorn.conf.py
"""

from __future__ import annotations

import os

from gunicorn.http import wsgi as _wsgi

_wsgi.SERVER = ""  # 回答里不写服务器的名称
wsgi_app = "bot.wsgi:create()"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("PROCESSES") or os.cpu_count() or 2)  # PostgreSQL：等于核数；SQLite 只能是 1
worker_class = "gthread"
threads = 24  # [server] threads 的三倍：迟到的回复会占住线程五秒
keepalive = 30  # 秒，比 nginx 的 20 秒长
timeout = 60  # 秒不出声的进程才算卡死
graceful_timeout = 12  # 停止时等手里的回复，最多 5.3 秒
preload_app = False  # 每个进程自己连数据库
accesslog = None  # 地址里有签名和 openid，一律不记；访问日志看 nginx
control_socket_disable = True
