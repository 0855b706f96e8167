"""Whether all is well: /healthz, /readyz, /metrics, `tongxin doctor` and its checks, the housekeeping of our
own rows. Imports core, wechat, runtime."""
