exitProcess(with: CommandRunner.run(Array(CommandLine.arguments.dropFirst())))
