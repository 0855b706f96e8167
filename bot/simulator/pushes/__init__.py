"""What WeChat sends: a person's acts become pushes to the product's webhook, and its replies are judged."""
