"""The commands around what a workspace remembers of its runs, and what comes back of exports."""
