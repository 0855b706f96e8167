#!/bin/sh
# 装成 /usr/local/bin/tongxin：以服务的身份、用服务的配置运行命令，例如 sudo tongxin doctor
set -eu
export TONGXIN_CONFIG="${TONGXIN_CONFIG:-/etc/tongxin/config.toml}"
program="${TONGXIN_HOME:-/opt/tongxin}/.venv/bin/tongxin"
[ "$(id -un)" = tongxin ] && exec "$program" "$@"
[ "$(id -u)" -eq 0 ] || { echo "请用 sudo 运行：sudo tongxin $*" >&2; exit 2; }
exec runuser -u tongxin -- env TONGXIN_CONFIG="$TONGXIN_CONFIG" "$program" "$@"
