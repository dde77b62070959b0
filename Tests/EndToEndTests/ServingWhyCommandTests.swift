import Simulation
import TestSupport
import Testing

/// `compare --why`, `explain` and `--timeline` with language models, as a user runs them.
struct ServingWhyCommandTests {
  private let folder = TemporaryFolder()

  init() {
    let chats = (0..<12).map { "\($0 / 2 * 40_000_000),\(300 + 90 * $0),\(2 + $0 % 5 * 3)\n" }
    folder.write("t.csv", "arrival_ns,input_tokens,output_tokens\n" + chats.joined())
    folder.write("v.csv", "arrival_ns\n" + (1...20).map { "\($0 * 9_000_000)\n" }.joined())
    write("e.json", vision: "{\"poisson_rps\": 100}", end: "\"duration_s\": 0.4,")
    // Drained: what begins ends.
    write("drained.json", vision: "{\"trace\": \"v.csv\"}", end: "")
  }

  private func write(_ name: String, vision: String, end: String) {
    folder.write(
      name,
      """
      {"format": "gpuloom.experiment/1", "name": "why", "gpu": "h100-sxm5-80gb",
       "testbed": "modern",
       "tenants": [
         {"name": "chat", "model": "phi-2", "serving": {"max_sequences": 3, "max_tokens": 512},
          "slo_ms": 300, "slo_tpot_ms": 20, "arrivals": {"trace": "t.csv"}},
         {"name": "vision", "model": "resnet18", "replicas": 2, "slo_ms": 10,
          "arrivals": \(vision)}],
       "policies": ["exclusive", "time-only", "space-only", "batched", "pd-multiplex",
         {"policy": "muxserve", "quota_interval_s": 0.05}],
       \(end) "seeds": [1]}
      """)
  }

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  private static func number(_ row: [String: String], _ name: String) -> Double? {
    row[name].flatMap(Double.init)
  }

  @Test func theMeansAddUpAndNothingElseChanges() throws {
    let plain = tool("compare e.json --out plain --requests --format csv")
    let why = tool("compare e.json --out why --requests --why --format csv")
    #expect(plain.status == 0 && why.status == 0, "\(plain.error)\(why.error)")
    #expect(folder.text("plain/requests.csv") == folder.text("why/requests.csv"))
    #expect(!folder.text("plain/requests.csv").isEmpty)
    let rows = WrittenRows.of(why.output)
    #expect(rows.count == 18)
    for row in rows {
      let sum = WaitReason.allCases.reduce(0) { $0 + (Self.number(row, $1.column) ?? .nan) }
      let mean = try #require(Self.number(row, "latency_ms_mean"))
      #expect(abs(sum - mean) < 1e-9 * mean, "\(row)")
      #expect(Self.number(row, "own_work_ms") ?? 0 > 0, "\(row)")
    }
    func mean(_ policy: String, _ reason: WaitReason, of tenant: String = "chat") -> Double {
      rows.first { $0["policy"]?.hasPrefix(policy) ?? false && $0["tenant"] == tenant }
        .flatMap { Self.number($0, reason.column) } ?? .nan
    }
    // Three places for more requests than that; contexts take turns; sides share the SMs.
    #expect(mean("exclusive", .queue) > 0 && mean("exclusive", .smSharing) == 0)
    #expect(mean("time-only", .slice) > 0 && mean("time-only", .slice, of: "vision") > 0)
    #expect(mean("pd-multiplex", .slice) > 0 && mean("exclusive", .slice) == 0)
  }

  @Test(arguments: [
    "exclusive", "time-only", "space-only", "batched", "pd-multiplex", "muxserve",
  ])
  func requestsAreExplained(policy: String) throws {
    let run = tool("explain e.json --policy \(policy) --worst 6 --tenant chat --format csv")
    #expect(run.status == 0, "\(run.error)")
    let rows = WrittenRows.of(run.output)
    #expect(rows.count == 6)
    for row in rows {
      // Milliseconds with six decimals are whole nanoseconds.
      let parts = WaitReason.allCases.map {
        Int64(((Self.number(row, $0.column) ?? .nan) * 1e6).rounded())
      }
      let arrival = try #require(row["arrival_ns"].flatMap { Int64($0) })
      let completion = try #require(row["completion_ns"].flatMap { Int64($0) })
      #expect(parts.reduce(0, +) == completion - arrival, "\(row)")
      #expect(row["tenant"] == "chat")
    }
  }

  @Test func aSentenceSaysIt() {
    let run = tool("explain e.json --policy space-only --request chat:4")
    #expect(run.status == 0, "\(run.error)")
    for word in [
      "of 'chat'", "in iterations of up to ", "Its own work is ", "# own work",
      "a place in its replica's",
    ] {
      #expect(run.output.contains(word), "no '\(word)' in \(run.output)")
    }
  }

  @Test(arguments: [
    "exclusive", "time-only", "space-only", "batched", "pd-multiplex", "muxserve",
  ])
  func theTimelineHasIterations(policy: String) throws {
    let line = "compare drained.json --policy \(policy) --timeline t.json --format csv"
    let run = tool(line)
    #expect(run.status == 0, "\(run.error)")
    let device = try #require(WrittenRows.of(run.output).first { $0["tenant"] == "*" })
    let text = folder.text("t.json")
    let events = try TimelineTests.events(text)
    TimelineTests.expectNesting(events)
    func count(_ phase: String, _ category: String) -> Int {
      events.count { $0.phase == phase && $0.category == category }
    }
    #expect(String(count("X", "gpu")) == device["launches"])
    #expect(count("X", "launch") == count("X", "gpu"))
    #expect(String(count("b", "request")) == device["completed"])
    #expect(count("X", "iteration") > 12)
    for word in ["\"prefill_tokens\":", "\"decode_tokens\":", "\"name\":\"iteration\""] {
      #expect(text.contains(word), "\(word)")
    }
    let isSplit = ["pd-multiplex", "muxserve"].contains(policy)
    #expect(text.contains("chat replica 1 prefills") == isSplit)
    #expect(!events.contains { $0.name.hasPrefix("launch ") })
  }
}
