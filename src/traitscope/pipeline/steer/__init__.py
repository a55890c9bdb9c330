"""Stage steer: the search, its proof, and what the winner costs."""
