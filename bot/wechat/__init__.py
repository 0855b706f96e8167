"""The border to WeChat: what arrives is opened and checked here, what we call goes out from here, every
errcode becomes one of our few outcomes here. The only room that uses wechatpy. Imports core."""
