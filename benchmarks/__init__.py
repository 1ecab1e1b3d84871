"""How fast is ours? Measured against PyTorch, against other designs, and against the machine."""
