"""Settings pages: people, roles, places, tokens, events, records, status, and one's own account."""
