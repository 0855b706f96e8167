"""What a test and the chat page do with this WeChat: people, clock, faults, what arrived, the page itself."""
