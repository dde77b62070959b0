import CommandLine
import Reports
import Simulation

/// Writes a run as Chrome trace events while it goes on (Google, "Trace Event Format"); Perfetto
/// opens what comes of it.
///
/// Processes are tenants, their threads replicas; the GPU is one more, with lanes for each of its
/// parts, since launches side by side cannot be on one thread. Memory does not grow with the run.
final class TimelineWriter: RunTracer {
  /// What became of events of one kind.
  struct Count {
    var written = 0
    var leftOut = 0
  }

  private static let gpu = 1
  private static let contexts = 1_000_000
  /// Room for the end of the file, in bytes.
  private static let reserve = 1 << 16

  private let file: OutputFile
  private let fromNS: Int64
  private let toNS: Int64
  private let mostBytes: Int
  let tenants: [String]
  /// Prefills beside decodes that have a thread.
  var prefills: Set<Int> = []
  var names: TimelineNames
  var text = TraceBytes()
  private var bytes = 0
  private var lanes: [TimelineLanes] = []
  private var partNames: [String] = []
  private(set) var counts: [TimelineKind: Count] = [:]
  private var requests = 0
  /// By super-kernel: where it stands on the GPU.
  private var superKernel: (number: Int, lane: Int, startNS: Int64) = (-1, 0, 0)
  private var hasContexts = false
  private var leftOutFrom: Int64 = .max
  private var failure: (any Error)?

  init(_ file: OutputFile, _ experiment: Experiment, fromNS: Int64, toNS: Int64, mostBytes: Int) {
    self.file = file
    self.fromNS = fromNS
    self.toNS = toNS
    self.mostBytes = mostBytes
    tenants = experiment.tenants.map(\.name)
    names = TimelineNames(experiment)
    text.add("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n")
    text.process(Self.gpu, "GPU \(experiment.gpu.name)", at: 0)
    for (t, tenant) in experiment.tenants.enumerated() {
      text.process(t + 2, tenant.name, at: t + 1)
      for i in 0..<tenant.replicas {
        text.thread(t + 2, names.firstReplica[t] + i + 1, "\(tenant.name) replica \(i + 1)")
      }
    }
    keep()
  }

  func trace(_ event: RunEvent) {
    switch event {
    case .part(let number, let name):
      while partNames.count <= number {
        partNames.append("")
        lanes.append(TimelineLanes())
      }
      partNames[number] = name
    case .work(let t, let r, let start, let end, let batch, let parts):
      guard takes(.work, start, end) else { return }
      text.slice(t + 2, r + 1, start, end, batch > 1 ? "\"batch\"" : "\"request\"", "work")
      text.add(",\"args\":{\"requests\":")
      text.add(batch)
      add(parts)
      text.close()
    case .iteration(let iteration): self.iteration(iteration)
    case .request(let explanation): request(explanation)
    case .dropped(let t, let arrival, let now):
      guard takes(.dropped, now, now) else { return }
      text.add("{\"ph\":\"i\",\"s\":\"p\",\"cat\":\"dropped\",\"name\":\"dropped\",\"pid\":")
      text.place(t + 2, 0, now)
      text.add(",\"args\":{\"arrival_us\":")
      text.add(microseconds: arrival)
      text.close()
    case .launch(let launch): self.launch(launch)
    case .superKernel(let number, let part, let start, let end, let members):
      guard takes(.superKernel, start, end) else { return }
      let lane = self.lane(of: part, start, end)
      superKernel = (number, lane, start)
      text.slice(Self.gpu, lane, start, end, "\"super-kernel\"", "super-kernel")
      text.add(",\"args\":{\"members\":")
      text.add(members.count)
      text.close()
    case .held(let r, let start, let end):
      guard takes(.held, start, end) else { return }
      let thread = self.thread(of: r)
      text.slice(names.tenant(of: r) + 2, thread, start, end, "\"held\"", "held")
      text.closeBare()
    case .slice(let r, let start, let end):
      guard takes(.slice, start, end) else { return }
      onContexts(r, start, end, "slice")
    case .switched(let r, let start, let end):
      guard takes(.switched, start, end) else { return }
      onContexts(r, start, end, "switch")
    case .use(let part, let now, let sms, let dram):
      guard takes(.use, now, now) else { return }
      let shown = lanes.count > 1 ? part : nil
      text.counter("in use", part: shown, Self.gpu, now, sms: sms, dram: dram)
    }
    keep()
  }

  // MARK: - Requests

  private func request(_ explanation: RequestExplanation) {
    let record = explanation.record
    guard takes(.request, record.arrivalNS, record.completionNS) else { return }
    requests += 1
    let pid = record.tenant + 2
    text.edge(
      "b", "request", id: requests, pid, record.replica + 1, record.arrivalNS, "\"request\"")
    text.add(",\"args\":{\"latency_ms\":")
    text.add(milliseconds: record.completionNS - record.arrivalNS)
    add(explanation.parts)
    text.close()
    if explanation.begunNS > record.arrivalNS {
      text.edge("b", "wait", id: requests, pid, record.replica + 1, record.arrivalNS, "\"waits\"")
      text.closeBare()
      text.edge(
        "e", "wait", id: requests, pid, record.replica + 1, explanation.begunNS, "\"waits\"")
      text.closeBare()
    }
    text.edge(
      "e", "request", id: requests, pid, record.replica + 1, record.completionNS, "\"request\"")
    text.closeBare()
    keep()
  }

  /// Parts of a request's time, those of nothing left out.
  func add(_ parts: WaitParts) {
    for reason in WaitReason.allCases where parts[reason] != 0 {
      text.add(",\"")
      text.add(bytes: TimelineNames.columns[reason.rawValue])
      text.add("\":")
      text.add(milliseconds: parts[reason])
    }
  }

  // MARK: - Launches

  private func launch(_ launch: RunEvent.Launch) {
    let (start, end) = (launch.startNS, launch.endNS)
    guard takes(launch.superKernel == nil ? .launch : .member, start, end) else { return }
    let name = names.launch(launch)
    let tenant = names.tenant(of: launch.replica)
    let thread = self.thread(of: launch.replica)
    text.slice(tenant + 2, thread, start, end, name, launch.isKilled ? "killed" : "launch")
    text.add(",\"args\":{\"launch\":")
    text.add(launch.index)
    text.close()
    guard let number = launch.superKernel else {
      let lane = lane(of: launch.part, start, end)
      text.slice(Self.gpu, lane, start, end, name, "gpu")
      text.add(",\"args\":{\"tenant\":")
      text.add(bytes: names.tenants[tenant])
      text.close()
      return keep()
    }
    // From the member on its replica's track to the super-kernel on the GPU's.
    if number == superKernel.number {
      let id = number * names.replicas.count + launch.replica
      text.flow("s", id: id, tenant + 2, launch.replica + 1, start)
      text.flow("f", id: id, Self.gpu, superKernel.lane, superKernel.startNS)
    }
    keep()
  }

  private func lane(of part: Int, _ start: Int64, _ end: Int64) -> Int {
    let (lane, isNew) = lanes[part].take(from: start, to: end)
    let tid = part * 1_000 + lane + 1
    if isNew { text.thread(Self.gpu, tid, partNames[part] + (lane == 0 ? "" : " (\(lane + 1))")) }
    return tid
  }

  private func onContexts(_ r: Int, _ start: Int64, _ end: Int64, _ kind: StaticString) {
    if !hasContexts { text.thread(Self.gpu, Self.contexts, "contexts") }
    hasContexts = true
    text.slice(Self.gpu, Self.contexts, start, end, names.replicas[r], kind)
    text.closeBare()
  }

  // MARK: - What is left out

  /// Whether an event is written: it is in the part of the run that is wanted, and there is room.
  func takes(_ kind: TimelineKind, _ start: Int64, _ end: Int64) -> Bool {
    if end < fromNS || start > toNS { return false }
    if bytes > mostBytes - Self.reserve || failure != nil {
      counts[kind, default: Count()].leftOut += 1
      leftOutFrom = min(leftOutFrom, end)
      return false
    }
    counts[kind, default: Count()].written += 1
    return true
  }

  /// What was written, and what was not.
  var summary: String {
    func list(_ count: (Count) -> Int) -> String {
      TimelineKind.allCases.compactMap { kind in
        let number = count(counts[kind] ?? Count())
        return number > 0 ? "\(number) \(kind.rawValue)" : nil
      }.joined(separator: ", ")
    }
    let written = list(\.written)
    var text = written.isEmpty ? "nothing happens in this part of the run" : written
    let left = list(\.leftOut)
    if !left.isEmpty {
      text +=
        "; left out, to stay below \(mostBytes / 1_000_000) MB, what ended from "
        + "\(NumberText.exact(Double(leftOutFrom) / 1e9)) s on: \(left) "
        + "('--from' and '--to' show another part, '--timeline-mb' allows more)"
    }
    return text
  }

  /// Writes the end.
  ///
  /// - Throws: what kept the file from being written.
  func finish() throws {
    if let failure { throw failure }
    // Every event before ends in a comma.
    text.add("{\"ph\":\"M\",\"pid\":1,\"name\":\"process_labels\",\"args\":{\"labels\":")
    text.add(bytes: TraceBytes.quoted(summary, most: 600))
    text.add("}}\n]}\n")
    try file.write(bytes: text.bytes)
    text.removeAll()
  }

  func keep() {
    guard text.bytes.count > 1 << 15 else { return }
    bytes += text.bytes.count
    if failure == nil {
      do { try file.write(bytes: text.bytes) } catch { failure = error }
    }
    text.removeAll()
  }
}
