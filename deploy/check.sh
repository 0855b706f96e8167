#!/usr/bin/env bash
# Checks what is deployed without deploying it: `nginx -t` on the site, `systemd-analyze verify` on the units,
# how much each unit may do, and gunicorn's reading of its settings. Needs nginx, systemd-analyze and openssl.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
root=${here%/deploy}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

missing=()
for tool in nginx systemd-analyze openssl; do
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || missing+=("$tool")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "缺少 ${missing[*]}：apt install nginx systemd openssl" >&2
  exit 3
fi

# The site as it stands, with a throw-away certificate and places that we may write to.
mkdir -p "$work/tls" "$work/log" "$work/cache"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=check \
  -keyout "$work/tls/privkey.pem" -out "$work/tls/fullchain.pem" 2>/dev/null
sed -e "s#/etc/nginx/tls/tongxin#$work/tls#" -e "s#/var/log/nginx#$work/log#" \
  -e "s#/var/cache/nginx#$work/cache#" nginx/tongxin.conf >"$work/site.conf"
cat >"$work/nginx.conf" <<CONF
pid $work/nginx.pid;
error_log $work/log/error.log;
events {}
http { include $work/site.conf; }
CONF
said=$(PATH=$PATH:/usr/sbin nginx -t -q -p "$work" -c "$work/nginx.conf" 2>&1) || { echo "$said"; exit 1; }
if [ -n "$said" ]; then
  echo "$said"
  exit 1
fi
echo "nginx：配置正确"

# The units, with a program that is there in place of ours. systemd only warns about what it does not know.
mkdir -p "$work/units"
for unit in systemd/*.service; do
  sed -E "s#^(Exec[A-Za-z]+=)/opt/tongxin/\.venv/bin/tongxin#\1/bin/true#" "$unit" >"$work/units/$(basename "$unit")"
done
cd "$work/units"
for unit in *.service; do
  name=${unit/@.service/@1.service}
  said=$(SYSTEMD_LOG_LEVEL=warning SYSTEMD_UNIT_PATH="$work/units:" systemd-analyze verify --man=no "./$name" 2>&1) || true
  wrong=$(grep -F tongxin <<<"$said" || true)
  if [ -n "$wrong" ]; then
    echo "$wrong"
    exit 1
  fi
  if ! systemd-analyze security --no-pager --offline=true --threshold=20 "./$unit" >"$work/security" 2>&1; then
    cat "$work/security"
    exit 1
  fi
done
echo "systemd：$(ls *.service | wc -l) 个单元正确，权限都已收紧"

cd "$root"
if [ -x .venv/bin/gunicorn ]; then
  .venv/bin/python - <<'PYTHON'
import runpy
from gunicorn.config import KNOWN_SETTINGS
known = {setting.name for setting in KNOWN_SETTINGS}
own = {name for name in runpy.run_path("deploy/gunicorn.conf.py") if name.islower() and not name.startswith("_")}
assert not (unknown := own - known - {"os", "annotations"}), f"gunicorn 不认识：{unknown}"
PYTHON
  echo "gunicorn：设置都认识"
fi
