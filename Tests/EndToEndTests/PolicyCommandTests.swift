import TestSupport
import Testing

/// Policies as a user asks for them.
struct PolicyCommandTests {
  private let folder = TemporaryFolder()

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  private static let tenants =
    "--model resnet50,mobilenet_v2 --replicas 3,2 --slo-ms 60,30 --poisson-rps 150,200"

  @Test func thePolicyPageSaysWhatItRestsOn() {
    for name in ["triton", "clipper", "clockwork", "nexus", "oracle", "space-time"] {
      let shown = tool("policies \(name)")
      #expect(shown.status == 0)
      for word in ["\(name): ", "rule: ", "ignores: ", "source: ", "max_batch"] {
        #expect(shown.output.contains(word), "\(name) without '\(word)': \(shown.output)")
      }
    }
    let list = tool("policies")
    #expect(list.output.contains("oracle") && list.output.contains("triton"))
    #expect(tool("policies oracl").error.contains("did you mean 'oracle'?"))
  }

  @Test func theDefaultSetIsNotTheCatalogue() {
    let names = Set(
      WrittenRows.of(tool("compare \(Self.tenants) --duration-s 0.02 --format csv").output)
        .compactMap { $0["policy"] })
    #expect(
      names == [
        "exclusive", "time-only", "space-only", "space-only(mechanism=streams)", "batched",
        "space-time",
      ])
  }

  /// Every policy on the same arrivals; none is below the bound.
  @Test func allIsTheWholeCatalogue() {
    let run = tool("compare \(Self.tenants) --duration-s 0.5 --policy all --format csv")
    let rows = WrittenRows.of(run.output)
    let names = Set(rows.compactMap { $0["policy"] })
    #expect(
      names.isSuperset(of: [
        "exclusive", "space-only(mechanism=streams)", "space-time", "triton", "clipper",
        "clockwork", "nexus", "oracle",
      ]), "\(names) \(run.error)")
    func figure(_ row: [String: String], _ name: String) -> Double {
      row[name].flatMap(Double.init) ?? .nan
    }
    for row in rows where !["oracle", "exclusive"].contains(row["policy"]) {
      let bound = rows.first { $0["policy"] == "oracle" && $0["tenant"] == row["tenant"] } ?? [:]
      let place = "\(row["policy"] ?? "") \(row["tenant"] ?? "")"
      for name in ["slo_attainment", "goodput_rps", "throughput_rps"] {
        #expect(figure(row, name) <= figure(bound, name) + 1e-9, "\(place) \(name)")
      }
      guard row["dropped"] == "0", row["in_flight"] == "0" else { continue }
      for name in ["latency_ms_mean", "latency_ms_p50", "latency_ms_p99", "latency_ms_max"] {
        #expect(figure(row, name) >= figure(bound, name), "\(place) \(name)")
      }
    }
    let table = tool("compare \(Self.tenants) --duration-s 0.1 --policy oracle,batched")
    #expect(table.output.contains("no way to share but a bound"))
  }

  @Test func whatTenantsAreNotForIsLeftOutOfAllAndRefusedByName() {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "e", "gpu": "v100-sxm2-16gb",
       "testbed": "modern", "duration_s": 0.02,
       "tenants": [{"name": "a", "model": "resnet50",
         "arrivals": {"closed_loop": {"clients": 1, "think_ms": 1}}}],
       "policies": ["all"]}
      """)
    let all = tool("compare e.json --format csv")
    #expect(all.status == 0, "\(all.error)")
    for name in ["clipper", "clockwork", "nexus", "oracle"] {
      #expect(all.error.contains("'\(name)' is left out of 'all'"), "\(all.error)")
    }
    let clipper = tool("compare e.json --policy clipper")
    #expect(clipper.status == 65)
    #expect(clipper.error.contains("'clipper' decides by latency objectives, and 'a' has none"))
    let sizes = tool("compare e.json --policy triton:preferred=4+8,max_batch=6")
    #expect(sizes.status == 65)
    #expect(sizes.error.contains("the preferred size 8, above its 'max_batch' of 6"))
    let words = tool("compare e.json --policy triton:preferred=four")
    #expect(words.status == 65 && words.error.contains("expected integers from 1 to 4096"))
    #expect(tool("compare e.json --policy oracle").status == 65)
  }

  /// Twice what the GPU can do: what Clockwork does answer is in time, and the rest is told.
  @Test func clockworkAnswersNothingLate() {
    _ = tool(
      "compare --model resnet50 --replicas 1 --slo-ms 30 --poisson-rps 3000 --duration-s 0.5"
        + " --policy clockwork --requests --out o --format csv")
    let requests = WrittenRows.of(folder.text("o/requests.csv"))
    func number(_ row: [String: String], _ name: String) -> Int? { row[name].flatMap { Int($0) } }
    var (done, late) = (0, 0)
    for row in requests {
      guard let end = number(row, "completion_ns"), let start = number(row, "arrival_ns")
      else { continue }
      done += 1
      if end - start > 30_000_000 { late += 1 }
    }
    #expect(late == 0 && done > 100 && done < requests.count, "\(done) of \(requests.count)")
  }
}
