/// Every command, one line each, in the order of the overview.
enum CommandRegistry {
  /// The commands.
  static var commands: [any Command.Type] {
    [
      GPUsCommand.self,
      ModelsCommand.self,
      TestbedsCommand.self,
      TraceStatsCommand.self,
      TraceGenerateCommand.self,
    ]
  }
}
