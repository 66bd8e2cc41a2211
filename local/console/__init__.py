"""Web pages over a running local AWS: the mailbox and the executions, for this machine alone."""
