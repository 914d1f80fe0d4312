"""The mind of the control role: who may do what, which nodes are well, who must be told."""
