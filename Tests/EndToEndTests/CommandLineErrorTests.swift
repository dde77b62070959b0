import TestSupport
import Testing

/// What a user sees for every kind of mistake: sentence, place, hint and exit code.
struct CommandLineErrorTests {
  @Test func theTableIsLongEnough() { #expect(ErrorCase.all.count >= 60) }

  @Test func everyMistakeGivesItsSentenceAndExitCode() {
    var golden = ""
    for mistake in ErrorCase.all {
      let folder = TemporaryFolder()
      for file in mistake.files { folder.write(file.name, bytes: file.bytes) }
      let run = CommandLineRun(mistake.words, in: folder.path, limit: 20)
      golden += "$ gpuloom \(mistake.words.joined(separator: " "))\n"
      golden += "exit \(run.status)\n"
      if !run.output.isEmpty {
        golden += run.output.split(separator: "\n").map { "out: \($0)\n" }.joined()
      }
      golden += run.error + "\n"
      #expect(
        [1, 64, 65, 66, 70].contains(run.status),
        "\(mistake.words) \(mistake.files.map(\.name)) ended with \(run.status)")
      #expect(run.output.isEmpty, "\(mistake.words) printed results")
      #expect(run.error.contains(": error: "), "\(mistake.words) gave no error")
      #expect(!run.error.contains(folder.path), "\(mistake.words) names a folder of the tester's")
      let left = folder.names().filter { name in !mistake.files.contains { $0.name.hasPrefix(name) }
      }
      #expect(left.isEmpty, "\(mistake.words) left \(left)")
    }
    if let difference = Golden.difference("errors.txt", golden) {
      Issue.record(Comment(rawValue: difference))
    }
  }

  /// The experiment the broken ones are made from runs.
  @Test func theValidExperimentRuns() {
    let folder = TemporaryFolder()
    folder.write("e.json", ValidFiles.experiment)
    folder.write("g.json", ValidFiles.gpu)
    folder.write("t.csv", ValidFiles.table)
    folder.write("a.csv", ValidFiles.trace)
    let run = CommandLineRun(["compare", "e.json"], in: folder.path)
    #expect(run.status == 0, "\(run.error)")
    // What has no effect in it is told; nothing is wrong with it.
    #expect(!run.error.contains("error") && run.error.contains("warning: the trace 'a.csv' ends"))
  }

  /// The files the broken ones are made from are themselves accepted.
  @Test(arguments: [
    ("gpus g.json", "g.json", ValidFiles.gpu), ("testbeds t.json", "t.json", ValidFiles.testbed),
    ("models t.csv", "t.csv", ValidFiles.table),
    ("trace stats t.csv", "t.csv", ValidFiles.trace),
  ])
  func validFilesAreAccepted(line: String, name: String, text: String) {
    let folder = TemporaryFolder()
    folder.write(name, text)
    let run = CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.error.isEmpty || !run.error.contains("error"))
    #expect(!run.output.isEmpty)
  }
}
