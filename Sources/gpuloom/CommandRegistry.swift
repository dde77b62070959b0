/// Every command, one line each, in the order of the overview.
enum CommandRegistry {
  /// The commands.
  static var commands: [any Command.Type] {
    [
      TraceStatsCommand.self,
      TraceGenerateCommand.self,
      GPUsCommand.self,
      ModelsCommand.self,
      TestbedsCommand.self,
    ]
  }
}
