/// Runs a line of shell, for what only a shell can set up: closed streams, pipes, signals.
public enum Shell {
  /// Runs the line in a folder; the program's environment is that of `CommandLineRun`.
  public static func run(
    _ line: String, in folder: TemporaryFolder, limit: Double = 60
  ) -> CommandLineRun {
    CommandLineRun(shell: line, in: folder.path, limit: limit)
  }
}
