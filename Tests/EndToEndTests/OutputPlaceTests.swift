import TestSupport
import Testing

@testable import CommandLine
@testable import Commands
@testable import gpuloom

/// Where results go is held before any work: every flag that names an output, in every command.
@Suite("Places of outputs")
struct OutputPlaceTests {
  private let folder = TemporaryFolder()

  @Test("a flag that names an output says so, and no other does")
  func declared() {
    let outputs = CommandRegistry.commands.flatMap { command in
      command.usage.allFlags.filter { $0.output != nil }.map { "\(command.name) \($0.name)" }
    }.filter { !$0.hasSuffix(" --out") }
    #expect(
      outputs.sorted() == [
        "check --predictions", "compare --timeline", "gpus from --to", "kernels import --to",
        "kernels lower --to", "kernels show --svg", "models from --to", "trace generate --to",
        "trace import --to", "trace stats --svg", "trace transform --to",
      ])
  }

  /// Command lines without their output. What they read is not there: a place that cannot be had is
  /// told before anything is read.
  private static let lines = [
    ("compare none.json", "--timeline"), ("gpus from none.xml", "--to"),
    ("kernels import none.csv", "--to"), ("kernels lower resnet50 --gpu none.json", "--to"),
    ("kernels show none.csv", "--svg"), ("models from none.json", "--to"),
    ("trace generate code-onoff --duration-s 1", "--to"),
    ("trace import none.csv", "--to"), ("trace stats none.csv", "--svg"),
    ("trace transform none.csv --do slice=0..1", "--to"), ("check none", "--out"),
    ("compare none.json", "--out"), ("kernels import none.csv", "--out"),
    ("kernels predict none.csv", "--out"), ("kernels fit none.csv", "--out"),
    ("report none", "--out"), ("sweep none.json", "--out"), ("merge none", "--out"),
    ("capacity none.json", "--out"), ("sensitivity none.json", "--out"),
    ("explain none.json", "--out"), ("fit none.json --to none.csv", "--out"),
    ("trace stats none.csv", "--out"), ("check --predictions w.csv none", "--predictions"),
  ]

  @Test("what cannot be written is told before anything is read", arguments: lines)
  func first(line: String, flag: String) {
    folder.write("file", "")
    folder.write("d/x", "")
    let words = line.split(separator: " ").map(String.init)
    func run(_ place: String) -> CommandLineRun {
      let given = flag == "--predictions" ? ["check", flag, place, "none"] : words + [flag, place]
      return CommandLineRun(given, in: folder.path)
    }
    let isFolder = flag == "--out"
    // Nothing can be made in /proc, whoever asks.
    let shut = run(isFolder ? "/proc/nothing" : "/proc/nothing.csv")
    #expect([66, 73].contains(shut.status) && shut.output.isEmpty, "\(line): \(shut.error)")
    #expect(shut.error.hasPrefix("/proc/nothing"), "\(line): \(shut.error)")
    if isFolder { #expect(shut.status == 73, "\(line): \(shut.error)") }
    let other = run(isFolder ? "file" : "d")
    #expect(other.status == 64, "\(line): \(other.error)")
    #expect(other.error.contains(isFolder ? "expected a folder" : "expected a file"), "\(line)")
    let under = run("file/x")
    #expect(
      under.status != 0 && under.output.isEmpty && under.error.hasPrefix("file"),
      "\(line): \(under.error)")
    #expect(folder.names() == ["d", "file"], "\(line): \(folder.names())")
  }

  @Test("a page is a file where its name says so, and goes beside the results where none is named")
  func pages() {
    folder.write("o/report.html/x", "")
    folder.write("o/summary.csv", "")
    #expect(
      CommandLineRun(["report", "none", "--out", "o/report.html"], in: folder.path).status == 64)
  }
}
