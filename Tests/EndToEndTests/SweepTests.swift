import SimBasics
import Tables
import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// Sweeps as a user starts, resumes and shares them.
@Suite("Sweeps")
struct SweepTests: SweepScene {
  let folder = SweepTests.makeFolder()

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
