"""Events that are pushed: one listening connection a process, and a stream for each reader."""
