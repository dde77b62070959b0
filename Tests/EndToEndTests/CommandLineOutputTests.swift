import TestSupport
import Testing

@testable import CommandLine
@testable import Commands
@testable import gpuloom

/// What every command has in common: help, formats, outputs that are whole, streams that fail.
struct CommandLineOutputTests {
  private let folder = TemporaryFolder()

  private func run(_ line: String, output: String? = nil) -> CommandLineRun {
    CommandLineRun(
      line.split(separator: " ").map(String.init), in: folder.path, standardOutput: output)
  }

  @Test func helpIsThereForEveryCommandAndFitsATerminal() {
    #expect(run("").output == run("--help").output)
    #expect(run("gpus --version").output == "gpuloom \(Version.text)\n")
    for command in CommandRegistry.commands {
      let page = HelpText.page(for: command)
      #expect(page.hasPrefix("gpuloom \(command.name): "))
      for flag in command.usage.allFlags {
        #expect(page.contains("  " + flag.name), "\(command.name) does not show \(flag.name)")
        #expect(!flag.help.hasSuffix("."), "\(command.name) \(flag.name)")
      }
      #expect(!command.usage.examples.isEmpty, "\(command.name) has no example")
      for line in page.split(separator: "\n") {
        #expect(line.count <= 100, "\(command.name): \(line)")
      }
      for note in command.usage.notes {
        let lines = HelpText.wrapped(note).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(command.name): \(note)")
        // However the source breaks it, no line has room for the next one's first word.
        for (line, next) in zip(lines, lines.dropFirst()) {
          let word = next.prefix { $0 != " " }
          #expect(line.count + 1 + word.count > 80, "\(command.name): \(line)")
        }
      }
      let names = command.usage.allFlags.map(\.name)
      #expect(Set(names).count == names.count, "\(command.name) declares a flag twice")
    }
    let run = run("gpus --help")
    #expect(
      run.status == 0 && run.error.isEmpty && run.output == HelpText.page(for: GPUsCommand.self))
  }

  @Test func commandNamesAreDistinct() {
    let names = CommandRegistry.commands.map { $0.name }
    #expect(Set(names).count == names.count)
  }

  @Test func formatsHoldTheSameRows() {
    let csv = run("testbeds --format csv").output.split(separator: "\n")
    #expect(csv.first?.hasPrefix("testbed,launch_cpu_us,") == true)
    let json = run("testbeds --format json").output
    #expect(
      json.split(separator: "\n").filter { $0.contains("\"testbed\":") }.count == csv.count - 1)
    #expect(json.hasPrefix("[\n") && json.hasSuffix("]\n"))
  }

  @Test func outputIsWrittenWholeAndReplacesWhatWasThere() {
    folder.write("results/testbeds.csv", "old\n")
    let run = run("--out results testbeds --format csv")
    #expect(run.status == 0 && run.error.isEmpty)
    #expect(folder.text("results/testbeds.csv") == run.output)
    #expect(folder.names("results") == ["testbeds.csv"])
    let deep = self.run("testbeds --out a/b/c/ --quiet")
    #expect(deep.status == 0 && folder.names("a/b/c") == ["testbeds.csv"])
  }

  @Test func anUnwritableOutputLeavesNothingAndSaysSo() {
    folder.write("results/testbeds.csv/in-the-way", "")
    let run = run("testbeds --out results")
    #expect(run.status == 64 && run.output.isEmpty)
    #expect(run.error.contains("results/testbeds.csv: error: expected a file, found a folder"))
    #expect(folder.names("results") == ["testbeds.csv"])
  }

  @Test(.enabled(if: SystemFiles.hasFullDevice)) func aFullDiskIsNoFaultOfOurs() {
    let run = run("testbeds", output: "/dev/full")
    #expect(run.status == 74)
    #expect(
      run.error == "gpuloom: error: standard output: cannot write: No space left on device\n")
  }

  @Test func aClosedOutputIsToldAndAClosedPipeIsNot() {
    let program = CommandLineRun.program
    let closed = Shell.run("'\(program)' testbeds >&-", in: folder)
    #expect(closed.status == 74 && closed.error.contains("standard output: cannot write"))
    let withFile = Shell.run("'\(program)' testbeds --out kept >&-", in: folder)
    #expect(withFile.status == 74)
    #expect(folder.text("kept/testbeds.csv").hasPrefix("testbed,"), "the file was not kept whole")
    // Whoever left does not want to hear of it, but the results are not there.
    let piped = Shell.run("{ sleep 1; '\(program)' --help; echo $? >&2; } | true", in: folder)
    #expect(piped.error == "74\n")
  }

  @Test func aSignalLeavesNoHalfFile() {
    // Long enough to be met in the middle; the shell waits for the unfinished file first.
    let line = """
      '\(CommandLineRun.program)' trace generate poisson --rps 1000000 --requests 1000000000 \
        --to big.csv & id=$!
      for i in 1 2 3 4 5 6 7 8 9 10; do ls -A | grep -q big && break; sleep 0.2; done
      ls -A; kill -INT $id; wait $id; exit $?
      """
    let run = Shell.run(line, in: folder)
    #expect(run.status == 130, "\(run.error)")
    #expect(run.output.contains("big.csv") && run.output != "big.csv\n", "\(run.output)")
    #expect(folder.names().isEmpty)
  }

  @Test func noColorReachesAPipe() {
    for line in ["testbeds", "testbeds --format json", "testbeds nowhere.json"] {
      let run = run(line)
      #expect(!run.output.contains("\u{1B}") && !run.error.contains("\u{1B}"))
    }
  }

  @Test func controlCharactersOfTheUserAreShown() {
    let run = CommandLineRun(["gpus", "\u{1B}[31mx"], in: folder.path)
    #expect(run.status == 65)
    #expect(run.error.contains("unknown GPU '\\u{1b}[31mx'"))
  }
}

/// What this machine has.
enum SystemFiles {
  /// Linux has a device that is always full; elsewhere the test is shown as skipped.
  static var hasFullDevice: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }
}
