import CommandLine

/// Every command, one line each, in the order of the overview.
enum CommandRegistry {
  /// The commands.
  static var commands: [any Command.Type] {
    [
      CompareCommand.self,
      SweepCommand.self,
      MergeCommand.self,
      ExplainCommand.self,
      CapacityCommand.self,
      SensitivityCommand.self,
      ReportCommand.self,
      CheckCommand.self,
      FitCommand.self,
      TraceImportCommand.self,
      TraceStatsCommand.self,
      TraceGenerateCommand.self,
      TraceTransformCommand.self,
      KernelsImportCommand.self,
      KernelsLintCommand.self,
      KernelsShowCommand.self,
      KernelsLowerCommand.self,
      KernelsPredictCommand.self,
      KernelsFitCommand.self,
      GPUsCommand.self,
      GPUsFromCommand.self,
      ModelsCommand.self,
      ModelsFromCommand.self,
      TestbedsCommand.self,
      PoliciesCommand.self,
      BenchCommand.self,
      CompletionsCommand.self,
      ManCommand.self,
    ]
  }
}
