"""The border to WeChat: hostile envelopes, the shared token, the bytes on the wire."""
