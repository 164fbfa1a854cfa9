"""Help for who writes an answer: how it reads, and what is easily overlooked. Pure: nothing is stored or asked."""
