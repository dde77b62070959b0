/// Marks the module while it has no other file.
enum WorkloadsModule {}
