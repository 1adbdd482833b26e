"""What requests may contain and what answers do contain, one file per noun."""
