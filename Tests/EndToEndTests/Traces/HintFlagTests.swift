import TestSupport
import Testing
import Traces

@testable import CommandLine
@testable import Commands
@testable import gpuloom

/// Every flag that a hint names exists in the command that gives the hint.
@Suite struct HintFlagTests {
  /// The command that a line's words begin with.
  private static func command(_ words: [Substring]) -> (any Command.Type)? {
    CommandRegistry.commands.filter { command in
      let name = command.name.split(separator: " ")
      return words.starts(with: name)
    }.max { $0.name.count < $1.name.count }
  }

  /// The flags in a text, each with the words of the command it is said to be one of: those before it
  /// within the same quotes, or none.
  private static func flags(_ text: Substring) -> [(flag: String, command: [Substring])] {
    var found: [(flag: String, command: [Substring])] = []
    for (index, part) in text.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      let words = part.split { " ,:;()".contains($0) }
      for (at, word) in words.enumerated() where word.hasPrefix("--") && word.count > 2 {
        let name = word.prefix { $0.isLetter || $0 == "-" }
        let start = words[..<at].lastIndex(of: "gpuloom").map { $0 + 1 }
        let before = words[(start ?? (index % 2 == 1 ? 0 : at))..<at].prefix { !$0.hasPrefix("--") }
        found.append((String(name), Array(before)))
      }
    }
    return found
  }

  /// The hints of all mistakes that the golden file holds.
  @Test func goldenHintsNameFlagsOfTheirCommand() {
    let text = TemporaryFolder.text(of: SharedFiles.repositoryRoot + "/Tests/Golden/errors.txt")
    var given: [Substring] = []
    var checked = 0
    for line in text.split(separator: "\n") {
      if line.hasPrefix("$ gpuloom ") { given = line.dropFirst(10).split(separator: " ") }
      guard line.hasPrefix("  hint: ") else { continue }
      for (flag, words) in Self.flags(line[...]) {
        guard let command = Self.command(words) ?? Self.command(given) else { continue }
        checked += 1
        #expect(
          command.usage.allFlags.contains { $0.name == flag },
          "\(command.name) has no flag \(flag): \(line)")
      }
    }
    #expect(checked > 20)
  }

  /// What the importer says is said by every command that reads traces.
  @Test func theImporterNamesFlagsThatAllItsCommandsHave() {
    let readers: [any Command.Type] = [
      CompareCommand.self, TraceImportCommand.self, TraceStatsCommand.self,
      TraceTransformCommand.self, TraceGenerateCommand.self,
    ]
    for key in TraceOptionKey.allCases {
      for command in readers {
        #expect(
          command.usage.allFlags.contains { $0.name == key.flag }, "\(command.name) \(key.flag)")
      }
    }
    var checked = 0
    for file in SourceTree.swiftFiles(under: "Sources/Traces") {
      for line in file.lines where !line.drop { $0 == " " }.hasPrefix("//") {
        // Only what stands in a string literal.
        for (index, part) in line.split(separator: "\"", omittingEmptySubsequences: false)
          .enumerated()
        where index % 2 == 1 {
          for (flag, words) in Self.flags(part[...]) {
            checked += 1
            // Steps are given to one command alone.
            let isStep = flag == "--do" && file.path.contains("/Transforms/")
            let isThere =
              isStep || TraceOptionKey.allCases.contains { $0.flag == flag }
              || (Self.command(words)?.usage.allFlags.contains { $0.name == flag } ?? false)
            #expect(isThere, "\(file.path) names \(flag): \(line)")
          }
        }
      }
    }
    #expect(checked > 15)
  }

  @Test func inAFileTheKeysAreNamed() {
    #expect(
      TraceOptionKey.keyed("say it: --as gaps-txt --unit ms, or --any-unit; --import-seed, --unite")
        == "say it: 'format' gaps-txt 'unit' ms, or 'any_unit'; 'import_seed', --unite")
    let folder = TemporaryFolder()
    folder.write("gaps.txt", "120000\n80000\n")
    let arrivals = "{\"trace\": \"gaps.txt\"}"
    func file(_ arrivals: String) -> String {
      """
      { "format": "gpuloom.experiment/1", "name": "s", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
        "tenants": [{"name": "a", "model": "lstm_cell", "replicas": 1, "arrivals": \(arrivals)}],
        "policies": ["exclusive"] }
      """
    }
    folder.write("e.json", file(arrivals))
    let refused = CommandLineRun(["compare", "e.json"], in: folder.path)
    #expect(refused.status == 65 && refused.error.contains("'format' perf-analyzer-intervals"))
    #expect(!refused.error.contains("--as"))
    let keys = [
      ("\"format\": \"gaps-txt\", \"unit\": \"us\"", "2"),
      ("\"format\": \"perf-analyzer-intervals\"", "2"),
      ("\"format\": \"rate-per-second-txt\", \"placement\": \"even\"", "200000"),
    ]
    for (more, requests) in keys {
      folder.write("e.json", file("{\"trace\": \"gaps.txt\", \(more)}"))
      let run = CommandLineRun(["compare", "e.json", "--format", "csv"], in: folder.path)
      #expect(WrittenRows.of(run.output).first?["arrived"] == requests, "\(run.error)")
    }
    folder.write(
      "e.json", file("{\"trace\": \"gaps.txt\", \"format\": \"gaps-txt\", \"clamp\": true}"))
    let unused = CommandLineRun(["compare", "e.json"], in: folder.path)
    #expect(unused.status == 65, "\(unused.error)")
  }

  @Test func compareTakesTheFlagsOfReaders() {
    let folder = TemporaryFolder()
    folder.write("gaps.txt", "120000\n80000\n")
    func run(_ more: String) -> CommandLineRun {
      CommandLineRun(
        [
          "compare", "--model", "lstm_cell", "--replicas", "1", "--policy", "exclusive", "--format",
          "csv",
        ] + more.split(separator: " ").map(String.init), in: folder.path)
    }
    let gaps = run("--trace gaps.txt --as gaps-txt --unit ms")
    #expect(WrittenRows.of(gaps.output).first?["arrived"] == "2", "\(gaps.error)")
    #expect(run("--trace gaps.txt").status == 65)
    #expect(run("--trace gaps.txt").error.contains("--as perf-analyzer-intervals"))
    let poisson = run("--poisson-rps 5 --duration-s 1 --unit ms")
    #expect(poisson.status == 64 && poisson.error.contains("'--unit' applies to '--trace' only"))
    folder.write("t.csv", "arrival_ns\n0\n5\n")
    let wrong = run("--trace t.csv --unit ms")
    #expect(wrong.status == 64 || wrong.status == 65)
    #expect(wrong.error.contains("'--unit' does not apply to gpuloom-csv"), "\(wrong.error)")
  }

  @Test func standardInputIsATrace() {
    let folder = TemporaryFolder()
    folder.write("t.csv", "arrival_ns\n0\n5\n")
    let tool = "'" + CommandLineRun.program + "'"
    for line in [tool + " trace import - < t.csv", "cat t.csv | " + tool + " trace import -"] {
      let run = Shell.run(line, in: folder)
      #expect(run.status == 0 && run.output.hasSuffix("arrival_ns\n0\n5\n"), "\(run.error)")
      #expect(run.output.contains("# source: standard input"))
    }
  }
}
