"""Cases: their kinds and clocks, how they belong together, and what follows up on them."""
