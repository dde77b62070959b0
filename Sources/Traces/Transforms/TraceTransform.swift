import SimBasics
import Tables
import Workloads

/// Applies steps to a trace, in the order given; rows are changed as they are read, so memory does
/// not grow with the trace.
package struct TraceTransform: Sendable {
  /// How many files one reading may hold open.
  static let fileLimit = 400
  /// The longest trace that is made: about 285 years.
  static let longestNS: Int64 = 9_000_000_000_000_000_000

  private let seed: UInt64
  private let open: @Sendable (String) throws(InputError) -> TraceFlow
  private var stepNumber = 0

  /// Prepares the steps.
  ///
  /// - Parameters:
  ///   - seed: seeds what the steps draw; each step has a stream of its own.
  ///   - open: opens the file that a step names.
  package init(
    seed: UInt64, open: @escaping @Sendable (String) throws(InputError) -> TraceFlow
  ) {
    self.seed = seed
    self.open = open
  }

  /// The flow after a step.
  ///
  /// - Throws: `InputError` where the step does not fit the trace, or its file cannot be read.
  package mutating func apply(_ step: TransformStep, to flow: TraceFlow) throws(InputError)
    -> TraceFlow
  {
    stepNumber += 1
    let randomness = SeededGenerator(seed: seed, stream: "transform/\(stepNumber)")
    switch step {
    case .slice(let from, let until): return slice(flow, from, until)
    case .shift(let distance): return try moved(flow, by: distance)
    case .thin(let share):
      return flow.through { ThinStage($0, share: share, randomness) }
    case .superpose(let copies): return try superposed(flow, copies, randomness)
    case .rate(let factor):
      let copies = Int(factor.rounded(.up))
      let whole = copies > 1 ? try superposed(flow, copies, randomness) : flow
      let share = factor / Double(max(1, copies))
      var other = randomness
      let draws = other.split()
      return share == 1 ? whole : whole.through { ThinStage($0, share: share, draws) }
    case .compress(let factor): return try compressed(flow, factor)
    case .dequantise(let tick):
      var result = flow.through { DequantiseStage($0, tick: tick, randomness) }
      result.endNS = try Self.checked(Double(flow.endNS) + Double(tick))
      return result
    case .repeat(let times): return try repeated(flow, times)
    case .merge(let path): return try merged(flow, path)
    case .keep(let names): return try kept(flow, names)
    case .busiest(let count): return try busiest(flow, count)
    case .splitByWeights(let weights): return Self.split(flow, weights, randomness)
    case .splitByZipf(let count, let exponent):
      return Self.split(flow, ZipfLaw.weights(count: count, exponent: exponent), randomness)
    case .splitBySize(let isOutput, let bounds): return try Self.split(flow, isOutput, bounds)
    }
  }

  private func slice(_ flow: TraceFlow, _ from: Int64, _ until: Int64) -> TraceFlow {
    var result = flow.through { SliceStage($0, from: from, until: until) }
    // An end that was asked for is kept even where the trace is silent before it.
    result.endNS = max(1, min(until, max(flow.endNS, from)) - from)
    return result
  }

  private func moved(_ flow: TraceFlow, by distance: Int64) throws(InputError) -> TraceFlow {
    let end = try Self.checked(Double(flow.endNS) + Double(distance))
    var result = flow.through { source in
      MapStage(source) { row in
        row.arrivalNS += distance
        return true
      }
    }
    result.endNS = end
    return result
  }

  private func compressed(_ flow: TraceFlow, _ factor: Double) throws(InputError) -> TraceFlow {
    let end = try Self.checked(Double(flow.endNS) / factor)
    var result = flow.through { source in
      MapStage(source) { row in
        row.arrivalNS = Int64((Double(row.arrivalNS) / factor).rounded())
        return true
      }
    }
    result.endNS = max(1, end)
    return result
  }

  private func repeated(_ flow: TraceFlow, _ times: Int) throws(InputError) -> TraceFlow {
    let end = try Self.checked(Double(flow.endNS) * Double(times))
    var result = flow
    let (start, period) = (flow.start, flow.endNS)
    result.start = {
      SequenceStage(count: times) { (index: Int) throws(InputError) in
        (try start(), Int64(index) * period)
      }
    }
    result.endNS = end
    return result
  }

  private func superposed(
    _ flow: TraceFlow, _ copies: Int, _ randomness: SeededGenerator
  ) throws(InputError) -> TraceFlow {
    var draws = randomness
    let end = flow.endNS
    // The first copy stays where it is, so that one copy is the trace itself.
    let offsets = (0..<copies).map { $0 == 0 ? 0 : Int64(draws.nextUnit() * Double(end)) }
    var result = flow
    result.openFiles = flow.openFiles * copies
    try Self.checkFiles(result)
    let start = flow.start
    result.start = { () throws(InputError) in
      var stages: [any TraceStage] = []
      for offset in offsets {
        stages.append(
          SequenceStage(count: offset == 0 ? 1 : 2) { (part: Int) throws(InputError) in
            let source = try start()
            if part == 0 { return (SliceStage(source, from: offset, until: .max), 0) }
            return (SliceStage(source, from: 0, until: offset), end - offset)
          })
      }
      return MergeStage(stages)
    }
    return result
  }

  private func merged(_ flow: TraceFlow, _ path: String) throws(InputError) -> TraceFlow {
    let other = try open(path)
    var result = flow
    result.endNS = max(flow.endNS, other.endNS)
    result.hasSizes = flow.hasSizes || other.hasSizes
    result.openFiles = flow.openFiles + other.openFiles
    try Self.checkFiles(result)
    var names = flow.tenantNames
    var numbers: [Int32] = []
    for name in other.tenantNames {
      let at = names.firstIndex(of: name) ?? names.count
      if at == names.count { names.append(name) }
      numbers.append(Int32(at))
    }
    result.tenantNames = names
    let (first, second, renumbered) = (flow.start, other.start, numbers)
    result.start = { () throws(InputError) in
      let renaming = MapStage(try second()) { row in
        if renumbered.indices.contains(Int(row.tenant)) {
          row.tenant = renumbered[Int(row.tenant)]
        }
        return true
      }
      return MergeStage([try first(), renaming])
    }
    return result
  }

  private func kept(_ flow: TraceFlow, _ names: [String]) throws(InputError) -> TraceFlow {
    var wanted = [Bool](repeating: false, count: flow.tenantNames.count)
    var faults: [Diagnostic] = []
    for name in names {
      if let index = flow.tenantNames.firstIndex(of: name) {
        wanted[index] = true
      } else {
        faults.append(
          Diagnostic(
            message: "the trace has no tenant '\(name)'",
            hint: NearestName.hint(for: name, in: flow.tenantNames)))
      }
    }
    if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    return Self.kept(flow, wanted)
  }

  private static func kept(_ flow: TraceFlow, _ wanted: [Bool]) -> TraceFlow {
    flow.through { source in
      MapStage(source) { wanted.indices.contains(Int($0.tenant)) && wanted[Int($0.tenant)] }
    }
  }

  /// Counts what the steps before leave to each tenant, in a reading of its own.
  private func busiest(_ flow: TraceFlow, _ count: Int) throws(InputError) -> TraceFlow {
    let names = flow.tenantNames.count
    guard names > 0 else {
      throw InputError(kind: .usage, Diagnostic(message: "the trace names no tenants to rank"))
    }
    guard count <= names else {
      throw InputError(
        kind: .usage, Diagnostic(message: "the trace has \(names) tenants, not \(count)"))
    }
    var requests = [Int64](repeating: 0, count: names)
    let stage = try flow.makeStage()
    while let row = try stage.next() {
      if requests.indices.contains(Int(row.tenant)) { requests[Int(row.tenant)] += 1 }
    }
    let ranked = requests.indices.sorted {
      requests[$0] != requests[$1] ? requests[$0] > requests[$1] : $0 < $1
    }
    var wanted = [Bool](repeating: false, count: names)
    for index in ranked.prefix(count) { wanted[index] = true }
    return Self.kept(flow, wanted)
  }

  private static func checked(_ end: Double) throws(InputError) -> Int64 {
    guard end <= Double(longestNS) else {
      throw InputError(
        kind: .usage, Diagnostic(message: "the trace would be longer than 285 years"))
    }
    return Int64(end.rounded())
  }

  private static func checkFiles(_ flow: TraceFlow) throws(InputError) {
    guard flow.openFiles <= fileLimit else {
      throw InputError(
        kind: .usage,
        Diagnostic(
          message:
            "the steps read \(flow.openFiles) files at once, at most \(fileLimit) are allowed",
          hint: "write what the first steps make into a file and go on from there"))
    }
  }
}
