"""What becomes of orders when more of them come in than can be placed."""
