"""What the job adaptors for hosts with a shell share: the agent and the CPI classes on it."""
