"""The demo company's rules, and the mails it answered before: something to try rules on and to learn from."""
