//! Floor 10: the only room with windows: arguments, files, terminal, exit codes.
