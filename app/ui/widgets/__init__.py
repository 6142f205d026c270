"""The pieces a tab is made of. They show and emit; they fetch and compute nothing."""
