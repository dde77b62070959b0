import Tables
import TestSupport
import Testing

/// `compare --timeline`: what Perfetto would read.
struct TimelineTests {
  private let folder = TemporaryFolder()

  init() {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "drawn", "gpu": "v100-sxm2-16gb",
       "testbed": "modern",
       "tenants": [
         {"name": "vision", "model": "resnet18", "replicas": 2, "slo_ms": 10,
          "priority": 1, "arrivals": {"trace": "t.csv"}},
         {"name": "cell \\"x\\"", "model": "lstm_cell", "replicas": 3,
          "arrivals": {"trace": "t.csv"}}],
       "policies": ["space-only"], "seeds": [1]}
      """)
    folder.write("t.csv", "arrival_ns\n" + (1...120).map { "\(($0 + 2) / 3 * 700_000)\n" }.joined())
  }

  private func tool(_ line: String) -> CommandLineRun {
    CommandLineRun(line.split(separator: " ").map(String.init), in: folder.path)
  }

  /// An event of the file, as far as is looked at.
  struct Event {
    var phase = ""
    var category = ""
    var name = ""
    var id = ""
    var track = ""
    var start: Int64 = 0
    var end: Int64 = 0
  }

  static func events(_ text: String) throws -> [Event] {
    let node = try JSONReader.node(of: text, file: "t.json")
    guard case .object(let members) = node.value,
      case .array(let list)? = members.first(where: { $0.name == "traceEvents" })?.node.value
    else { return [] }
    return list.map { item in
      guard case .object(let fields) = item.value else { return Event() }
      func text(_ name: String) -> String {
        switch fields.first(where: { $0.name == name })?.node.value {
        case .string(let text)?, .number(let text)?: text
        default: ""
        }
      }
      func ns(_ name: String) -> Int64 { Int64(((Double(text(name)) ?? 0) * 1e3).rounded()) }
      return Event(
        phase: text("ph"), category: text("cat"), name: text("name"), id: text("id"),
        track: text("pid") + "/" + text("tid"), start: ns("ts"), end: ns("ts") + ns("dur"))
    }
  }

  @Test(arguments: [
    "space-only", "space-time:gate=always,max_batch=1", "time-only", "exclusive", "reef", "batched",
  ])
  func theFileHasWhatTheRunHas(policy: String) throws {
    let run = tool("compare e.json --policy \(policy) --timeline t.json --format csv")
    #expect(run.status == 0, "\(run.error)")
    let rows = WrittenRows.of(run.output)
    let device = try #require(rows.first { $0["tenant"] == "*" })
    let events = try Self.events(folder.text("t.json"))
    func count(_ phase: String, _ category: String) -> Int {
      events.count { $0.phase == phase && $0.category == category }
    }
    let superKernels = count("X", "super-kernel")
    #expect(String(superKernels) == device["superkernels"])
    // On the GPU a super-kernel stands for its members.
    #expect(String(count("X", "gpu") + superKernels) == device["launches"])
    let own = rows.filter { $0["tenant"] != "*" }.compactMap { $0["launches"].flatMap { Int($0) } }
    // Under reef a launch goes in pieces now and then, each of them drawn.
    let launches = own.reduce(0, +)
    #expect(count("X", "launch") >= launches)
    if policy != "reef" { #expect(count("X", "launch") == launches) }
    #expect(String(count("b", "request")) == device["completed"])
    for category in ["request", "wait"] { #expect(count("b", category) == count("e", category)) }
    #expect(count("s", "fusion") == count("f", "fusion"))
    #expect(count("s", "fusion") == count("X", "launch") - count("X", "gpu"))
    if policy.hasPrefix("space-time") { #expect(superKernels > 0) }
    if policy == "time-only" { #expect(count("X", "switch") > 0 && count("X", "slice") > 0) }
    #expect(events.contains { $0.phase == "C" })
    Self.expectNesting(events)
    #expect(run.error.contains("t.json: 240 requests, "), "\(run.error)")
  }

  /// On one track two slices are apart, or one is within the other: what is not cannot be drawn.
  static func expectNesting(_ events: [Event]) {
    let slices = events.filter { $0.phase == "X" }
    for (track, own) in Dictionary(grouping: slices, by: \.track) {
      var open: [Event] = []
      let order = own.sorted { ($0.start, -$0.end) < ($1.start, -$1.end) }
      for event in order {
        while let last = open.last, last.end <= event.start { open.removeLast() }
        if let last = open.last, event.end > last.end {
          Issue.record("on \(track) \(event) reaches out of \(last)")
          return
        }
        open.append(event)
      }
    }
  }

  @Test func partsOfTheRunAndTheLimitSayWhatTheyLeaveOut() throws {
    let part = tool("compare e.json --timeline t.json --from 0.005 --to 0.01 --format csv")
    #expect(part.status == 0, "\(part.error)")
    let events = try Self.events(folder.text("t.json"))
    let timed = events.filter { $0.phase == "X" }
    #expect(!timed.isEmpty)
    #expect(timed.allSatisfy { $0.end >= 5_000_000 && $0.start <= 10_000_000 })
    let long = (1...600).map { "\($0 * 300_000)\n" }.joined()
    folder.write("t.csv", "arrival_ns\n" + long)
    let small = tool("compare e.json --timeline t.json --timeline-mb 1 --format csv")
    #expect(small.status == 0 && small.error.contains("left out, to stay below 1 MB"))
    let text = folder.text("t.json")
    #expect(text.utf8.count <= 1_000_000 && text.utf8.count > 800_000)
    #expect(text.contains("left out"))
    #expect(try Self.events(text).count > 1_000)
  }

  /// In Perfetto's own trace processor, where that is installed.
  @Test(
    .enabled(if: TraceProcessor.path != nil, "trace_processor_shell is not installed"))
  func perfettoReadsIt() throws {
    let run = tool(
      "compare e.json --policy space-time:gate=always,max_batch=1 --timeline t.json --format csv")
    #expect(run.status == 0, "\(run.error)")
    let device = try #require(WrittenRows.of(run.output).first { $0["tenant"] == "*" })
    folder.write(
      "q.sql",
      """
      select (select count(*) from slice where category = 'gpu')
        + (select count(*) from slice where category = 'super-kernel') as launches,
        (select count(*) from slice where category = 'request') as requests,
        (select count(*) from flow) as flows;

      """)
    let read = Shell.run("\(TraceProcessor.path ?? "") -q q.sql t.json", in: folder)
    let numbers = read.output.split(separator: "\n").last?.split(separator: ",") ?? []
    #expect(numbers.count == 3, "\(read.output)\(read.error)")
    #expect(numbers.first.map(String.init) == device["launches"])
    #expect(numbers.dropFirst().first.map(String.init) == device["completed"])
    #expect(numbers.last.flatMap { Int($0) } ?? 0 > 0)
  }
}

/// Perfetto's command line.
private enum TraceProcessor {
  static let path = [
    "/usr/bin/trace_processor_shell", "/usr/local/bin/trace_processor_shell",
    "/usr/bin/trace_processor", "/usr/local/bin/trace_processor",
  ].first { InputFolder.exists($0) }
}
