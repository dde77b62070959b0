import TestSupport
import Testing

/// `compare --series` and what `report` makes of it, as a user runs them.
struct SeriesCommandTests {
  private let folder = TemporaryFolder()

  init() {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "series", "gpu": "v100-sxm2-16gb",
       "testbed": "modern",
       "tenants": [
         {"name": "vision", "model": "resnet18", "replicas": 2, "slo_ms": 10,
          "arrivals": {"poisson_rps": 300}},
         {"name": "cell", "model": "lstm_cell", "arrivals": {"poisson_rps": 500}}],
       "policies": ["exclusive", "time-only", "space-only", "space-time", "oracle"],
       "duration_s": 0.06, "warmup_s": 0.02, "seeds": [1, 2]}
      """)
  }

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  @Test func windowsAddUpToTheSummary() throws {
    let plain = tool("compare e.json --out r --requests --format csv")
    let summary = folder.text("r/summary.csv")
    let requests = folder.text("r/requests.csv")
    let run = tool("compare e.json --out r --requests --series --format csv")
    #expect(plain.status == 0 && run.status == 0, "\(run.error)")
    #expect(run.output == plain.output && folder.text("r/summary.csv") == summary)
    #expect(folder.text("r/requests.csv") == requests)
    let windows = WrittenRows.of(folder.text("r/series.csv"))
    #expect(windows.count == 4 * 2 * 200)
    for row in WrittenRows.of(summary) where row["tenant"] == "*" && row["policy"] != "oracle" {
      let own = windows.filter { $0["policy"] == row["policy"] && $0["seed"] == row["seed"] }
      func sum(_ name: String) -> Double { own.reduce(0) { $0 + (Double($1[name] ?? "") ?? .nan) } }
      func figure(_ name: String) -> Double { Double(row[name] ?? "") ?? .nan }
      let gpus = row["policy"] == "exclusive" ? 3.0 : 1
      #expect(own.first?["from_ns"] == "20000000" && own.last?["to_ns"] == "60000000")
      #expect(sum("busy_ns") / (40e6 * gpus) == figure("busy_fraction"))
      #expect(sum("active_sm_ns") / (40e6 * gpus * 80) == figure("sm_activity"))
      #expect(sum("warp_ns") / (sum("active_sm_ns") * 64) == figure("achieved_occupancy"))
      #expect(abs(sum("flop_utilization") / 200 / figure("flop_utilization") - 1) < 1e-9)
      for window in own {
        let sms = (window["sm_busy_ns"] ?? "").split(separator: " ").compactMap { Int64($0) }
        if row["policy"] == "exclusive" {
          #expect(sms.isEmpty)
        } else {
          #expect(sms.count == 80 && sms.reduce(0, +) == Int64(window["active_sm_ns"] ?? ""))
        }
      }
    }
    // Beside results that are others, it would pass for theirs.
    #expect(tool("compare e.json --out r --quiet").status == 0)
    #expect(folder.text("r/series.csv").isEmpty)
  }

  @Test func thePageDrawsThem() throws {
    #expect(tool("compare e.json --out r --series --quiet").status == 0)
    let report = tool("report r")
    #expect(report.status == 0, "\(report.error)")
    let page = folder.text("r/report.html")
    #expect(page.contains("<title id=\"series-title\">Use of the GPU over time</title>"))
    #expect(page.contains("<title id=\"sms-title\">Which SMs had blocks when</title>"))
    #expect(page.contains("fill-opacity") && page.contains("least used SM"))
    #expect(page.contains("Not followed where replicas have GPUs of their own"))
    #expect(page.contains("Energy and waste") && !page.contains("none of the files"))
    #expect(page.utf8.count < 3 << 20)
  }

  @Test func whatIsWrongIsTold() {
    let none = tool("compare e.json --series")
    #expect(none.status == 64 && none.error.contains("'--series' needs '--out'"), "\(none.error)")
    #expect(tool("compare e.json --out r --series --quiet").status == 0)
    let text = folder.text("r/series.csv")
    for (old, new, expected) in [
      ("policy,seed", "policy,seeds", "r/series.csv:1: error: expected the columns policy,seed,"),
      ("time-only,1,", "time,1,", "error: the summary beside it has no such policy"),
      ("exclusive,1,20000000,", "exclusive,1,x,", "r/series.csv:2:13: error: expected windows"),
    ] {
      folder.write("r/series.csv", text.replacing(old, with: new))
      let report = tool("report r")
      #expect(report.status == 65 && report.error.contains(expected), "\(report.error)")
    }
    folder.write("r/series.csv", String(text.dropLast(9)))
    #expect(tool("report r").error.contains("the file ends within this line"))
  }
}
