"""Where answers come from: an object in this process, another process, or a recording."""
