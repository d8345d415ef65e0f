"""Scripts that lead an operator through a talk: their versions, checks, runs and figures."""
