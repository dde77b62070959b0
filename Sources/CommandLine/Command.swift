/// How a command ended when it did not fail; the raw value is the exit code.
package enum ExitStatus: Int32, Sendable {
  /// Done.
  case done = 0
  /// A check failed.
  case checkFailed = 1
  /// Part of what was asked for was refused for its data; the rest is there.
  case badData = 65
  /// A fault of ours.
  case fault = 70
  /// An output cannot be made: a folder that may not be written to, a path under a file.
  case cannotCreate = 73
  /// Writing failed: a full disk, a pipe that nobody reads any more.
  case writingFailed = 74
  /// The terminal is gone (SIGHUP); what was finished is kept.
  case hungUp = 129
  /// Interrupted (SIGINT); what was finished is kept.
  case interrupted = 130
  /// Ended by the system (SIGTERM); what was finished is kept.
  case terminated = 143
}

/// A command of the tool.
///
/// The name's words are the words typed: a command named "trace stats" is run by
/// `gpuloom trace stats`. To add a command write a type and its line in `CommandRegistry`.
package protocol Command {
  /// The words that call the command.
  static var name: String { get }
  /// One sentence for the overview, lower case, no final period.
  static var summary: String { get }
  /// What the command takes.
  static var usage: CommandUsage { get }

  /// Reads its arguments, calls `arguments.finish()`, then does the work.
  ///
  /// - Throws: `InputError` for the user's mistakes, `OutputError` where results cannot be written.
  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
}
