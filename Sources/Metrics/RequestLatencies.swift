import Tables

/// The latencies of a `requests.csv`, by policy and tenant over all seeds.
package struct RequestLatencies {
  /// Of one policy and tenant.
  private struct Sample {
    /// How many requests arrived.
    var arrived = 0
    /// Latencies of those that were done, in nanoseconds, sorted once all are read.
    var done: [Int64] = []
  }

  private let tenants: Int
  private var samples: [Sample]

  /// Reads the file.
  ///
  /// - Parameters:
  ///   - policies: labels of the policies in the summary beside it, in order.
  ///   - names: names of the tenants there, in order.
  /// - Throws: `InputError` with faults at their lines.
  package init(
    _ path: String, policies: [String], tenants names: [String]
  ) throws(InputError) {
    let rows = CSVRows(try ByteStream(path: path), refusing: .controls, isOurs: true)
    tenants = names.count
    samples = [Sample](repeating: Sample(), count: policies.count * tenants)
    guard try rows.next() else {
      throw InputError(
        Diagnostic(file: path, message: "expected a header row, found an empty file"))
    }
    let header = rows.strings
    var places: [Int] = []
    for name in ["policy", "tenant", "arrival_ns", "completion_ns"] {
      guard let at = header.firstIndex(of: name) else {
        throw InputError(rows.fault(0, "the column '\(name)' is missing"))
      }
      places.append(at)
    }
    var faults: [Diagnostic] = []
    // Rows of one run follow each other: its policy is looked up once.
    var (lastPolicy, lastTenant) = (([UInt8](), 0), ([UInt8](), 0))
    func index(
      _ field: Int, _ names: [String], _ last: inout ([UInt8], Int)
    ) -> Int? {
      if !last.0.isEmpty, rows[field].elementsEqual(last.0) { return last.1 }
      let word = rows.string(field)
      guard let at = names.firstIndex(of: word) else { return nil }
      last = (Array(rows[field]), at)
      return at
    }
    while try rows.next() {
      if rows.isBlank { continue }
      if let fault = rows.cutFault(header.count) {
        faults.append(fault)
      } else if let p = index(places[0], policies, &lastPolicy),
        let t = index(places[1], names, &lastTenant)
      {
        let at = p * tenants + t
        samples[at].arrived += 1
        if rows[places[3]].isEmpty { continue }
        if let from = Self.integer(rows[places[2]]), let to = Self.integer(rows[places[3]]),
          to >= from
        {
          samples[at].done.append(to - from)
        } else {
          faults.append(
            rows.fault(places[3], "expected a time in ns after the arrival's"))
        }
      } else {
        faults.append(
          rows.fault(places[0], "the summary beside it has no such policy and tenant"))
      }
      if faults.count >= 20 { break }
    }
    if !faults.isEmpty { throw InputError(diagnostics: faults) }
    for i in samples.indices { samples[i].done.sort() }
  }

  private static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
    var value: Int64 = 0
    for byte in bytes {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    return value
  }

  /// Points of a latency distribution: a latency in ms, and the share of arrived requests that were
  /// done within it.
  ///
  /// Exact order statistics, `count` of them evenly spaced and as many towards the slowest, each ten
  /// times as rare as some before. What was never done is later than any.
  package func curve(
    policy: Int, tenant: Int?, count: Int
  ) -> [(latencyMS: Double, share: Double)] {
    var (done, arrived) = ([Int64](), 0)
    for t in tenant.map({ $0..<($0 + 1) }) ?? 0..<tenants {
      arrived += samples[policy * tenants + t].arrived
      done += samples[policy * tenants + t].done
    }
    if tenant == nil { done.sort() }
    guard !done.isEmpty, arrived > 0 else { return [] }
    var ranks: Set<Int> = [0, done.count - 1]
    for i in 0...count { ranks.insert(i * (done.count - 1) / count) }
    var rest = done.count
    while rest > 0 {
      ranks.insert(done.count - rest)
      rest = min(rest - 1, rest * 9 / 10)
    }
    return ranks.sorted().map { (Double(done[$0]) / 1e6, Double($0 + 1) / Double(arrived)) }
  }
}
