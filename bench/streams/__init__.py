"""What open streams cost, and how soon they tell."""
