"""The one box that finds customers: what was typed, what it may mean, who may be meant, in which order, and why."""
