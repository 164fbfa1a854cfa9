"""
Full-text search over what was written and noted: messages, contacts, cases, and articles beside them.

`asked.read_asked(typed)` takes apart what was typed, `find.search(actor, asked, …)` finds it. What is kept of texts for this is made by
the database itself (migration 0009): columns `words` that no model has, so nothing has to remember to keep them, and nothing of an
erased text stays in them.
"""
