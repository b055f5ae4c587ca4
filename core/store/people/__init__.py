"""Who may do what in a workspace: people with roles, the gate that every change passes."""
