import TestSupport
import Testing

import enum CommandLine.ExitStatus

@testable import CommandLine

/// Each kind of thing is added in one file and one line.
struct ExtensionTests {
  private let folder = TemporaryFolder()

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(
      line.split(separator: " ").map(String.init), in: folder.path,
      program: CommandLineRun.built("ExampleTool"))
  }

  // MARK: A policy

  /// On a GPU of one SM an urgent request comes while a long one's first launch runs.
  @Test func aPolicyIsAFileAndALine() {
    let long = LawFiles.Kernel(warps: 32, durationNS: 100_000)
    let short = LawFiles.Kernel(warps: 32, durationNS: 100_000)
    let files = LawFiles(
      smCount: 1,
      tenants: [
        .init("long", [long, long, long], at: [0]),
        .init("urgent", [short], at: [50_000], priority: 5),
      ],
      policies: ["{\"policy\": \"space-only\", \"mechanism\": \"streams\"}", "\"priority-gate\""])
    let run = files.run(program: CommandLineRun.built("ExampleTool"))
    // The gate holds the long request's second launch until the urgent one is through.
    let ends = run.requests.filter { $0["policy"] == "priority-gate" }.map {
      "\($0["tenant"] ?? "") \(run.number($0, "completion_ns"))"
    }
    #expect(ends == ["urgent 200000", "long 400000"], "\(run.requests) \(run.error)")
    let listed = tool("policies")
    #expect(listed.output.contains("priority-gate") && listed.output.contains("space-time"))
    let typo = tool("compare --policy priority-gat --poisson-rps 1 --duration-s 1")
    #expect(typo.error.contains("did you mean 'priority-gate'?"), "\(typo.error)")
  }

  @Test(
    "A package that depends on this one builds and runs",
    .enabled(if: SharedFiles.isDeepRun, "some minutes: GPULOOM_DEEP=1"))
  func aPackageOfItsOwn() {
    let package = SharedFiles.repositoryRoot + "/Tests/ExamplePackage"
    let build = Shell.run(
      "PATH=$PATH:/usr/local/bin swift build --package-path '\(package)' --scratch-path b",
      in: folder, limit: 1_800)
    #expect(build.status == 0, "\(build.error)")
    let run = Shell.run("b/debug/ExampleTool policies", in: folder)
    #expect(run.output.contains("priority-gate"))
  }

  // MARK: A command

  enum GreetCommand: Command {
    static let name = "greet"
    static let summary = "greets"
    static var usage: CommandUsage { CommandUsage(positionals: "NAME") }

    static func run(
      _ arguments: inout ArgumentReader, _ context: CommandContext
    ) throws -> ExitStatus {
      let name = arguments.positional("NAME")
      try arguments.finish()
      return name == "nobody" ? .checkFailed : .done
    }
  }

  @Test func aCommandIsATypeAndALine() {
    #expect(CommandRunner.run(["greet", "you"], commands: [GreetCommand.self]) == 0)
    #expect(CommandRunner.run(["greet", "nobody"], commands: [GreetCommand.self]) == 1)
    #expect(CommandRunner.run(["greet"], commands: [GreetCommand.self]) == 64)
    #expect(CommandRunner.run(["great", "you"], commands: [GreetCommand.self]) == 64)
  }

  // MARK: A GPU

  @Test func aGPUIsAFile() {
    folder.write("mine.json", ValidFiles.gpu)
    let shown = tool("gpus mine.json")
    #expect(shown.status == 0, "\(shown.error)")
    #expect(shown.output.contains("sm_count"))
  }
}
