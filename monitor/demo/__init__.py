"""The whole service on a bundled story, on loopback: invented outlets, a postbox, a webhook, a daemon among them."""
