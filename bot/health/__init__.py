"""Whether all is well: /healthz, /readyz, /metrics, `tongxin doctor` and its checks, the housekeeping of our own rows.
And `alerts`: what cannot wait, told to the colleagues on duty. Imports core, wechat, staff, followers, runtime, outgoing."""
