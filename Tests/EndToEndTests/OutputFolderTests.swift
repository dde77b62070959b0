import Tables
import TestSupport
import Testing

@testable import CommandLine
@testable import gpuloom

/// The files of `--out`: in their folder, under names of their own, together or not at all.
struct OutputFolderTests {
  private let folder = TemporaryFolder()

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func anUncommittedFileIsGone() throws {
    folder.write("out/older", "")
    do {
      let output = try OutputFolder(folder.path + "/out")
      let file = try output.open("a.csv")
      try file.write(String(repeating: "x", count: 200_000))
      #expect(folder.names("out").count == 2, "the file being written is not there")
      #expect(!folder.names("out").contains("a.csv"), "an unfinished file has its name already")
    }
    #expect(folder.names("out") == ["older"])
  }

  @Test func committedBytesAreTheWrittenOnes() throws {
    let output = try OutputFolder(folder.path)
    let file = try output.open("a.bin", in: "below")
    try file.write("head\n")
    for i in 0..<100_000 { try file.write(bytes: [UInt8(i % 26 + 97)]) }
    try output.commit()
    file.discard()
    let text = folder.text("below/a.bin")
    #expect(text.utf8.count == 100_005 && text.hasPrefix("head\nabcdef"))
    #expect(folder.names("below") == ["a.bin"])
  }

  /// Links lead where they did, who may read a file stays, and a pipe is not put aside.
  @Test func whatStandsThereIsRespected() {
    folder.write("real.csv", "old\n")
    let made = Shell.run("ln -s real.csv link.csv; chmod 600 real.csv; mkfifo pipe", in: folder)
    #expect(made.status == 0, "\(made.error)")
    #expect(run("trace generate poisson --requests 3 --to link.csv").status == 0)
    #expect(folder.text("real.csv").contains("\narrival_ns"))
    let look = Shell.run("test -L link.csv && stat -c %a real.csv", in: folder)
    #expect(look.output == "600\n")
    let pipe = run("trace generate poisson --requests 3 --to pipe")
    #expect(pipe.status == 64)
    #expect(pipe.error.hasPrefix("pipe: error: expected a file, found a device or pipe"))
    #expect(Shell.run("test -p pipe", in: folder).status == 0)
    let nowhere = run("trace generate poisson --requests 3 --to no/x.csv")
    #expect(nowhere.status == 66)
    #expect(nowhere.error == "no/x.csv: error: the folder for this file is not there\n")
  }

  @Test func aFolderMadeForNothingIsGone() throws {
    do {
      let output = try OutputFolder(folder.path + "/a/b")
      try output.write("x.csv", in: "c", "x\n")
      #expect(folder.names("a/b/c").count == 1)
    }
    #expect(folder.names().isEmpty)
  }

  @Test(arguments: [
    "../escaped.csv", "/etc/x", "a/b", "..", ".", ".hidden", "a\\b", "a:b", "a\nb", "50%", "%2E",
    "naïve name.csv", "plain-1_2.csv",
  ])
  func aNameIsOneFileOfTheFolder(name: String) throws {
    let output = try OutputFolder(folder.path + "/out")
    try output.write(name, "x")
    try output.commit()
    #expect(folder.names() == ["out"])
    let names = folder.names("out")
    #expect(names.count == 1 && names.allSatisfy { !$0.hasPrefix(".") && !$0.contains("\n") })
    let isPlain = name.hasPrefix("plain") || name.hasPrefix("naïve")
    #expect((names == [name]) == isPlain)
  }

  @Test func differentNamesStayDifferent() throws {
    let names = ["a/b", "a%2Fb", "a%252Fb", "a\\b", "ab", "../a", ".a", "a"]
    #expect(try Set(names.map { try OutputFolder.fileName($0) }).count == names.count)
    let output = try OutputFolder(folder.path + "/out")
    try output.write("Same.csv", "x")
    #expect(throws: InputError.self) { try output.write("same.csv", "y") }
    #expect(throws: InputError.self) { try output.check(["same.csv"]) }
    #expect(throws: InputError.self) { try output.check(["new.csv", "new.csv"]) }
    #expect(throws: InputError.self) { try output.write(String(repeating: "x", count: 300), "") }
  }

  @Test(arguments: ["b", "c"]) func oneNameThatIsTakenKeepsAllAsTheyWere(taken: String) throws {
    folder.write("out/a", "old")
    do {
      let output = try OutputFolder(folder.path + "/out")
      for name in ["a", "b", "c"] { try output.write(name, "new") }
      // It comes in between: what is known before is found before.
      folder.write("out/\(taken)/inside", "")
      #expect(throws: InputError.self) { try output.commit() }
    }
    #expect(folder.text("out/a") == "old" && folder.names("out") == ["a", taken])
  }

  // MARK: Commands

  private static let experiment = """
    {"format": "gpuloom.experiment/1", "name": "q", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
     "tenants": [{"name": "NAME", "model": "lstm_cell",
                  "arrivals": {"closed_loop": {"clients": 1}}}],
     "policies": ["time-only"], "duration_s": 0.05}
    """

  private func writeExperiment(tenant: String) {
    folder.write("e.json", Self.experiment.replacing("NAME", with: tenant))
    folder.write(
      "p.csv",
      """
      # format: gpuloom.points/1
      # x: replicas
      # y: latency_ms_mean
      # constants: duration_ns_scale
      figure,series,x,simulated,published
      f,time-only,1,,0.2

      """)
  }

  @Test func aTenantsNameKeepsATableInTheFolder() {
    writeExperiment(tenant: "../escaped")
    let run = run("fit e.json --to p.csv --out sub/o")
    #expect(run.status == 0, "\(run.error)")
    #expect(folder.names() == ["e.json", "p.csv", "sub"] && folder.names("sub") == ["o"])
    #expect(folder.names("sub/o") == ["%2E.%2Fescaped.csv", "points.csv"])
  }

  @Test(arguments: ["points", "Points"]) func twoTablesOfOneNameAreRefused(tenant: String) {
    writeExperiment(tenant: tenant)
    let run = run("fit e.json --to p.csv --out o")
    #expect(run.status == 65 && run.output.isEmpty)
    #expect(run.error.contains("two outputs would be the file 'points.csv'"), "\(run.error)")
    #expect(folder.names() == ["e.json", "p.csv"])
  }

  @Test func whatAnEarlierFitWroteIsTold() {
    writeExperiment(tenant: "a")
    let one = run("fit e.json --to p.csv --out o")
    let two = run("fit e.json --to p.csv --out o --constants completion_sync_us")
    #expect(one.status == 0 && one.error.isEmpty && two.status == 0, "\(one.error)\(two.error)")
    #expect(two.error == "o/a.csv: warning: an earlier fit wrote this, not this one\n")
    #expect(folder.names("o") == ["a.csv", "points.csv", "testbed.json"])
  }

  @Test func theCataloguesCommandsStayInTheFolder() {
    let table = ValidFiles.table.replacing("model: tiny", with: "model: ../../up")
    folder.write("t.csv", table)
    folder.write("g.json", ValidFiles.gpu.replacing("\"small\"", with: "\"../up\""))
    folder.write("b.json", ValidFiles.testbed.replacing("\"mine\"", with: "\"/x/y\""))
    for line in ["models t.csv", "gpus g.json", "testbeds b.json"] {
      let run = run(line + " --out a/o")
      #expect(run.status == 0, "\(run.error)")
    }
    #expect(folder.names() == ["a", "b.json", "g.json", "t.csv"] && folder.names("a") == ["o"])
    #expect(folder.names("a/o") == ["%2E.%2F..%2Fup-small.csv", "%2E.%2Fup.csv", "%2Fx%2Fy.csv"])
  }

  @Test func twoTracesOfOneNameAreRefused() {
    folder.write("a/t.csv", ValidFiles.trace)
    folder.write("b/t.csv", ValidFiles.trace)
    let run = run("trace stats a/t.csv b/t.csv --format csv --out o")
    #expect(run.status == 65 && run.error.contains("'t.svg'"), "\(run.error)")
    #expect(folder.names() == ["a", "b"])
  }

  @Test func requestsOfAnEarlierRunDoNotStay() {
    writeExperiment(tenant: "a")
    #expect(run("compare e.json --quiet --requests --out o").status == 0)
    #expect(folder.names("o").contains("requests.csv"))
    #expect(run("compare e.json --quiet --out o").status == 0)
    #expect(folder.names("o") == ["comparison.svg", "manifest.json", "summary.csv"])
    // The user's own file of that name is left alone.
    folder.write("o/requests.csv", "arrival_ns\n1\n")
    #expect(run("compare e.json --quiet --out o").status == 0)
    #expect(folder.text("o/requests.csv") == "arrival_ns\n1\n")
  }

  @Test(arguments: ["requests.csv", "manifest.json", "comparison.svg", "summary.csv"])
  func anOutputSetIsNeverHalfNew(taken: String) {
    writeExperiment(tenant: "a")
    folder.write("o/\(taken)/inside", "")
    let run = run("compare e.json --requests --out o")
    #expect(run.status == 64 && run.output.isEmpty, "\(run.error)")
    #expect(run.error.contains("o/\(taken): error: expected a file, found a folder"))
    #expect(folder.names("o") == [taken])
  }

  @Test func aFailedCommandLeavesNoFolder() {
    writeExperiment(tenant: "a")
    folder.write("p.csv", folder.text("p.csv").replacing("latency_ms_mean", with: "dropped"))
    #expect(run("fit e.json --to p.csv --out new/deep").status == 65)
    folder.write("bad.csv", "arrival_ns\n5\n1\n")
    #expect(run("trace stats bad.csv --out new/deep").status == 65)
    #expect(run("trace import bad.csv --out new/deep").status == 65)
    #expect(folder.names() == ["bad.csv", "e.json", "p.csv"])
  }
}
