"""The pages a supervisor watches: queues, people, single pieces of work, and why they wait."""
