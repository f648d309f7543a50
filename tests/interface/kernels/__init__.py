"""Right Triton kernels, each a file to copy from, and kernels with a fault."""
