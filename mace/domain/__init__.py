"""The rules of the work itself: pure functions, true with pen and paper, standard library only."""
