"""What the demo shops sell, who works there and who buys."""
