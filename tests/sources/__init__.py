"""Where answers come from: adapters, processes, the line protocol."""
