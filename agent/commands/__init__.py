"""The `eplus` command: one file for each command or group. Every option is read here and nowhere else."""
