import SimBasics
import Tables
import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// Sweeps as a user starts, ends, resumes and shares them.
@Suite("Sweeps")
struct SweepTests {
  private let folder = TemporaryFolder()
  /// 2 × 3 points, two policies, two seeds.
  private static let study = """
    {"format": "gpuloom.study/1", "name": "s", "experiment": "e.json",
     "over": {"rps": [300, 900], "tenants.a.replicas": [1, 2, 3]}}
    """

  init() {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "e", "gpu": "v100-sxm2-16gb", "testbed": "ideal",
       "tenants": [{"name": "a", "model": "lstm_cell", "slo_ms": 1,
                    "arrivals": {"poisson_rps": 600}}],
       "policies": ["time-only", "space-time"], "duration_s": 0.3, "seeds": [1, 2]}
      """)
    folder.write("s.json", Self.study)
  }

  private func run(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  /// What was said beside what this table always has said of it.
  private func news(_ run: CommandLineRun) -> String {
    run.error.split(separator: "\n").filter { !$0.contains("batches of 'lstm_cell' interpolated") }
      .joined(separator: "\n")
  }

  /// Names, sizes and places on the disk of the runs: a file that is written again has another.
  private func inodes(_ name: String) -> String {
    Shell.run("ls -i \(name)/runs", in: folder).output
  }

  @Test("a finished sweep runs nothing, what is removed comes back to the byte")
  func resumed() {
    let first = run("sweep s.json --out o")
    #expect(first.status == 0 && news(first).isEmpty, "\(first.error)")
    #expect(folder.names("o") == ["plan.csv", "runs", "study.csv", "study.json"])
    #expect(folder.names("o/runs").count == 24)
    let results = folder.text("o/study.csv")
    let rows = WrittenRows.of(results)
    #expect(rows.count == 48 && rows[0]["rps"] == "300" && rows[47]["tenants.a.replicas"] == "3")
    #expect(Set(rows.compactMap { $0["policy"] }) == ["time-only", "space-time"])
    let (places, manifest) = (inodes("o"), folder.text("o/study.json"))
    // Clocks that are wrong tell nothing.
    _ = Shell.run("touch -d 2001-01-01 o/plan.csv s.json; touch -d 2041-01-01 o/runs/*", in: folder)
    let again = run("sweep s.json --out o")
    #expect(again.output == first.output && inodes("o") == places)
    let name = folder.names("o/runs")[5]
    let text = folder.text("o/runs/" + name)
    _ = Shell.run("rm o/runs/\(name) o/study.csv", in: folder)
    let third = run("sweep s.json --out o --jobs 1")
    #expect(third.status == 0 && third.output == first.output)
    #expect(folder.text("o/runs/" + name) == text && folder.text("o/study.csv") == results)
    #expect(folder.text("o/study.json") == manifest)
    let changed = inodes("o").split(separator: "\n")
    #expect(zip(changed, places.split(separator: "\n")).count { $0 != $1 } <= 1)
  }

  @Test("a plan is not trusted where an input is another; runs of before stay")
  func changedInputs() {
    folder.write("t.csv", "arrival_ns\n" + (0..<90).map { "\($0 * 3_000_000)\n" }.joined())
    let line =
      "sweep e.json --over tenants.a.replicas=1,2 --seed 1 --out o --set "
      + "tenants.a.arrivals={\"trace\":\"t.csv\"}"
    #expect(run(line).status == 0)
    let (first, plan) = (folder.text("o/study.csv"), folder.text("o/plan.csv"))
    folder.write("t.csv", "arrival_ns\n" + (0..<95).map { "\($0 * 3_000_000)\n" }.joined())
    let second = run(line)
    #expect(second.error.contains("4 more runs in o are of other values or other inputs"))
    #expect(folder.text("o/study.csv") != first && folder.text("o/plan.csv") != plan)
    #expect(folder.names("o/runs").count == 8)
  }

  @Test("a study that grows runs what is new")
  func grown() {
    #expect(run("sweep e.json --over rps=300,900 --out o").status == 0)
    let places = Set(inodes("o").split(separator: "\n"))
    let second = run("sweep e.json --over rps=300,600,900 --out o")
    #expect(second.status == 0 && folder.names("o/runs").count == 12)
    #expect(places.isSubset(of: Set(inodes("o").split(separator: "\n"))))
  }

  @Test("an experiment with points is swept over their axis, and tells where time goes if asked")
  func pointsAndWaits() {
    folder.write(
      "points.csv",
      """
      # format: gpuloom.points/1
      # x: load
      # y: figure
      # load_of: time-only
      figure,series,x,simulated,published
      latency_ms_p99,time-only,30,,
      latency_ms_p99,space-time,90,,

      """)
    let swept = run("sweep e.json --why --out o")
    #expect(swept.status == 0, "\(swept.error)")
    #expect(swept.error.contains("set: over load = 30, 90, as points.csv has it"))
    let rows = WrittenRows.of(folder.text("o/study.csv"))
    #expect(rows.count == 16 && rows[0]["load"] == "30" && rows[15]["load"] == "90")
    #expect(rows.allSatisfy { $0["wait_queue_ms"]?.isEmpty == false && $0["own_work_ms"] != nil })
    // Without, they are other runs, of fewer columns.
    let plain = run("sweep e.json --out p --over load=30,90 --load-of time-only")
    let own = WrittenRows.of(folder.text("p/study.csv"))
    #expect(plain.status == 0 && own[0]["wait_queue_ms"] == nil)
    #expect(own.map { $0["latency_ms_p99"] } == rows.map { $0["latency_ms_p99"] })
    #expect(Set(folder.names("o/runs")).isDisjoint(with: folder.names("p/runs")))
    folder.write("points.csv", folder.text("points.csv").replacing("x: load", with: "x: burst"))
    let other = run("sweep e.json --out q")
    #expect(other.status == 65 && other.output.isEmpty, "\(other.error)")
  }

  @Test("shares give what one machine gives", arguments: ["", " --packed"])
  func shares(_ packed: String) {
    let whole = run("sweep s.json --out whole --quiet")
    for i in 1...3 {
      let part = run("sweep s.json --out part\(i) --shard \(i)/3" + packed)
      #expect(part.status == 0 && part.output.isEmpty, "\(part.error)")
      #expect(part.error.contains("share \(i) of 3: "))
      #expect(!folder.names("part\(i)").contains("study.csv"))
    }
    let merged = run("merge part1 part2 part3 --out all")
    #expect(merged.status == 0 && merged.output == whole.output, "\(merged.error)")
    #expect(Shell.run("diff -r whole all", in: folder).output.isEmpty)
    // Shares that work on one folder, put together where they lie.
    for i in 1...3 { #expect(run("sweep s.json --out one --shard \(i)/3" + packed).status == 0) }
    #expect(run("merge one --out one --quiet").output == whole.output)
    #expect(folder.text("one/study.csv") == folder.text("whole/study.csv"))
    #expect(folder.text("one/study.json") == folder.text("whole/study.json"))
    if packed.isEmpty { #expect(Shell.run("diff -r whole one", in: folder).output.isEmpty) }
  }

  @Test("what the shares lack, and what does not belong together, is told; nothing is written")
  func mergeErrors() {
    for i in 1...2 { #expect(run("sweep s.json --out p\(i) --shard \(i)/2").status == 0) }
    func expect(_ line: String, _ status: Int32, _ words: String) {
      let result = run(line)
      #expect(result.status == status && result.output.isEmpty, "\(line): \(result.error)")
      #expect(result.error.contains(words), "\(line): \(result.error)")
      #expect(!folder.names().contains("all"))
    }
    expect("merge p1 --out all", 65, "of 24 runs are missing")
    expect("merge p1 nothing --out all", 66, "nothing: error: there is no plan.csv here")
    expect("merge p1 p2", 64, "'merge' needs '--out DIR'")
    #expect(run("sweep e.json --over rps=300,900 --out q").status == 0)
    expect(
      "merge p1 q --out all", 65, "q/plan.csv: error: the study is 'e', not 's' as in 'p1/plan.csv'"
    )
    expect("merge p1 p2 --out q", 65, "q: error: the folder holds the study 'e' over rps, not 's'")
    let plan = folder.text("p2/plan.csv")
    folder.write("p2/plan.csv", plan.replacing("# version: ", with: "# version: 9"))
    expect("merge p1 p2 --out all", 65, "p2/plan.csv: error: the share is of version 9")
    folder.write("p2/plan.csv", plan.replacing("[300,900]", with: "[300,901]"))
    expect("merge p1 p2 --out all", 65, "the values of its axes differ")
    folder.write("p2/plan.csv", plan)
    let name = folder.names("p2/runs")[0]
    folder.write("p2/runs/" + name, String(folder.text("p2/runs/" + name).dropLast(20)))
    expect("merge p1 p2 --out all", 65, "p2/runs/\(name): error: the run was cut short or damaged")
  }

  @Test("two studies in one folder are told, both named")
  func twoStudies() {
    #expect(run("sweep s.json --out o").status == 0)
    let before = folder.text("o/study.csv")
    let other = run("sweep e.json --over rps=300,900 --out o")
    #expect(other.status == 65 && other.output.isEmpty)
    #expect(
      other.error.contains(
        "o: error: the folder holds the study 's' over rps, tenants.a.replicas, not 'e' over rps"))
    #expect(folder.text("o/study.csv") == before)
  }

  @Test("a damaged run is told and run again")
  func damagedRun() {
    #expect(run("sweep s.json --out o").status == 0)
    let name = folder.names("o/runs")[3]
    let (text, results) = (folder.text("o/runs/" + name), folder.text("o/study.csv"))
    for damage in ["", String(text.dropLast(30)), text.replacing(",e,", with: ",f,")] {
      folder.write("o/runs/" + name, damage)
      let again = run("sweep s.json --out o")
      #expect(again.status == 0, "\(again.error)")
      if damage != text {
        #expect(again.error.contains("o/runs/\(name): warning: "), "\(again.error)")
      }
      #expect(folder.text("o/runs/" + name) == text && folder.text("o/study.csv") == results)
    }
    // A share looks at its own runs too.
    folder.write("o/runs/" + name, "")
    for i in 1...2 { #expect(run("sweep s.json --out o --shard \(i)/2").status == 0) }
    #expect(folder.text("o/runs/" + name) == text)
  }

  @Test("a pack that was cut off anywhere loses the run that was being written, no other")
  func tornPack() {
    #expect(run("sweep s.json --out o --packed").status == 0)
    let (pack, results) = (folder.text("o/runs/all.pack"), folder.text("o/study.csv"))
    #expect(folder.names("o/runs") == ["all.pack"])
    let count = pack.utf8.count
    for cut in [count - 1, count - 700, count / 2, count / 3, 40, 3, 0] {
      folder.write("o/runs/all.pack", bytes: Array(pack.utf8.prefix(cut)))
      let whole = pack.utf8.prefix(cut).split(separator: 10).count { $0.starts(with: "run ".utf8) }
      let again = run("sweep s.json --out o --packed")
      #expect(again.status == 0 && news(again).isEmpty, "\(cut): \(again.error)")
      #expect(folder.text("o/study.csv") == results, "\(cut)")
      let now = folder.text("o/runs/all.pack")
      #expect(now.utf8.count == count, "\(cut)")
      // Runs before the cut were kept where they were.
      let kept = now.utf8.split(separator: 10).count { $0.starts(with: "run ".utf8) }
      #expect(kept == 24 && whole <= 24)
    }
    folder.write(
      "o/runs/all.pack", "something else that is longer than any heading of a record is\n")
    let other = run("sweep s.json --out o")
    #expect(other.status == 65 && other.error.contains("expected 'run NAME BYTES' at the byte 0"))
  }

  @Test("killed at any moment, a sweep loses nothing finished and reads nothing half-written")
  func killed() {
    #expect(run("sweep s.json --out whole --quiet").status == 0)
    var random = SeededGenerator(seed: 20_261_130)
    for round in 0..<(SharedFiles.isDeepRun ? 50 : 8) {
      let packed = round % 2 == 0 ? "" : " --packed"
      let pause = 0.02 + 0.6 * Double(random.next() % 1_000) / 1_000
      let line = """
        '\(CommandLineRun.program)' sweep s.json --out o\(round)\(packed) --quiet >/dev/null & id=$!
        sleep \(pause); kill -9 $id 2>/dev/null; wait $id; ls -i o\(round)/runs | grep csv
        """
      let kept = Shell.run(line, in: folder).output.split(separator: "\n")
      let again = run("sweep s.json --out o\(round)\(packed) --quiet")
      #expect(again.status == 0 && news(again).isEmpty, "\(pause): \(again.error)")
      #expect(folder.text("o\(round)/study.csv") == folder.text("whole/study.csv"), "\(pause)")
      let now = Set(inodes("o\(round)").split(separator: "\n"))
      #expect(kept.allSatisfy { now.contains($0) }, "a finished run was written again: \(pause)")
      #expect(folder.names("o\(round)/runs").allSatisfy { !$0.hasPrefix(".") })
    }
  }

  @Test("interrupted, a sweep keeps what is finished")
  func interrupted() {
    let line = """
      '\(CommandLineRun.program)' sweep e.json --over rps=600 --set duration_s=3 --seed 1..60 \
      --jobs 1 --out o & id=$!
      for i in $(seq 200); do test $(ls o/runs 2>/dev/null | wc -l) -ge 2 && break; sleep 0.05; done
      kill -INT $id; wait $id; echo $?; ls o
      """
    let result = Shell.run(line, in: folder)
    #expect(result.output == "130\nplan.csv\nruns\n", "\(result.output)\(result.error)")
    #expect(result.error.contains(" of 120 runs are finished and kept"))
    let count = folder.names("o/runs").count
    #expect(count >= 2 && count < 120 && folder.names("o/runs").allSatisfy { $0.hasSuffix(".csv") })
  }

  /// Whether a small file system can be had, for which one must be root.
  private static let canMount =
    Shell.run("mkdir m && mount -t tmpfs none m && umount m", in: TemporaryFolder()).status == 0

  @Test(
    "a full disk ends the sweep with what fits; with room again it goes on",
    .enabled(if: canMount, "needs leave to mount a small file system"))
  func fullDisk() {
    let mount = Shell.run("mkdir full && mount -t tmpfs -o size=56k none full", in: folder)
    #expect(mount.status == 0)
    defer { _ = Shell.run("umount full", in: folder) }
    for packed in ["", " --packed"] {
      let full = run("sweep s.json --out full/o" + packed)
      #expect(full.status == 74 && full.error.contains("No space left"), "\(full.error)")
      #expect(folder.names("full/o/runs").allSatisfy { !$0.hasPrefix(".") })
      _ = Shell.run("mount -o remount,size=4m full", in: folder)
      let again = run("sweep s.json --out full/o" + packed)
      #expect(again.status == 0 && news(again).isEmpty, "\(again.error)")
      _ = Shell.run("rm -rf full/o && mount -o remount,size=56k full", in: folder)
    }
  }

  @Test("what the command line gets wrong")
  func usage() {
    let cases: [(String, Int32, String)] = [
      ("sweep s.json", 64, "'sweep' needs '--out DIR'"),
      ("sweep e.json --out o", 64, "a sweep needs an axis"),
      (
        "sweep e.json --over laod=1 --out o", 65,
        "unknown axis 'laod'\n  hint: did you mean 'load'?"
      ),
      ("sweep e.json --over load --out o", 64, "expected AXIS=VALUE,… after '--over'"),
      ("sweep e.json --over load=1,,2 --out o", 64, "expected a value between the commas"),
      ("sweep e.json --over load=1 --over load=2 --out o", 64, "the axis 'load' is given twice"),
      ("sweep s.json --over seed=1,2 --seed 3 --out o", 64, "'--seed' and the axis 'seed' exclude"),
      ("sweep e.json --over gpu=t4,v101 --out o", 65, "unknown GPU 'v101'"),
      ("sweep s.json --load-of time-only --out o", 64, "'--load-of' needs the axis 'load'"),
      (
        "sweep e.json --over load=9 --load-of tim-only --out o", 65,
        "no policy 'tim-only' to measure loads in\n  hint: did you mean 'time-only'?"
      ),
      ("sweep s.json --shard 3/2 --out o", 64, "expected I/N with 1 ≤ I ≤ N"),
      ("sweep nothing.json --over load=1 --out o", 66, "nothing.json: error: no such file"),
      (
        "sweep s.json --set tenants.a.replicas=1 --out o", 64,
        "'--set tenants.a.replicas' and the axis 'tenants.a.replicas' exclude each other"
      ),
    ]
    for (line, status, words) in cases {
      let result = run(line)
      #expect(result.status == status && result.output.isEmpty, "\(line): \(result.error)")
      #expect(result.error.contains(words), "\(line): \(result.error)")
      #expect(!folder.names().contains("o"), "\(line)")
    }
  }

  @Test("studies that ship can be run", arguments: shipped)
  func ships(study: String) {
    let path = SharedFiles.repositoryRoot + "/Experiments/studies/" + study
    // A share that has next to no run: all points are read and judged all the same.
    let run = run("sweep \(path) --out o --shard 1/100000 --quiet")
    #expect(run.status == 0, "\(run.error)")
  }

  private static let shipped = InputFolder.names(
    at: SharedFiles.repositoryRoot + "/Experiments/studies"
  ).filter { $0.hasSuffix(".json") }.sorted()

  @Test("the formats are one table")
  func formats() {
    let csv = run("sweep s.json --out o --format csv")
    #expect(csv.output == folder.text("o/study.csv") && csv.status == 0)
    let json = run("sweep s.json --out o --format json")
    #expect(
      json.output.contains("\"rps\": 300") && json.output.contains("\"policy\": \"space-time\""))
    let table = run("sweep s.json --out o --over rps=100 --format table")
    #expect(table.error.hasPrefix("set: over rps = 100, not 300, 900\n24 more runs in o are of"))
    #expect(table.output.contains("rank"))
  }
}
