"""Everything outside the two processes: readers, cameras, face models, simulated devices."""
