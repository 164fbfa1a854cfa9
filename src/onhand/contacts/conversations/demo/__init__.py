"""The demo company's conversations: what customers of the last weeks wrote, and what they were answered."""
