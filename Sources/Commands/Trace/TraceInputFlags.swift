import CommandLine
import Reports
import Tables
import Traces
import Workloads

/// The flags of every command that reads recorded traces.
enum TraceInputFlags {
  static let flags: [FlagSpec] = [
    .valued("--as", "FORMAT", "the file's format (told by its content)"),
    .valued(
      "--unit", TimeUnit.allCases.map(\.rawValue).joined(separator: "|"),
      "the unit of its times, where the format does not fix it"),
    .valued(
      "--dequantise", "SECONDS", "spread each arrival over the clock's tick (drawn: --import-seed)"),
    .plain("--lenient", "leave faulty records out and count them, rather than stop"),
    .valued(
      "--placement", BinPlacement.allCases.map(\.rawValue).joined(separator: "|"),
      "where the requests of a count go inside its bin (uniform-seeded)"),
    .valued("--import-seed", "N", "the seed of what reading has to draw (1)"),
    .valued("--scale", "X", "requests per second of one unit of a rate-steps file"),
    .plain("--from-first", "the first arrival becomes time 0"),
    .plain("--from-origin", "time 0 is the file's own"),
    .plain("--clamp", "arrivals before time 0 move to it (azure-functions-2021-csv)"),
    .plain("--drop-past-end", "leave out events after the end that a disb-json file states"),
    .plain("--any-unit", "accept rates and spans that suggest a wrong unit (not of counts)"),
    .valued("--max-count", "N", "the largest count accepted in one bin"),
  ]

  /// What the paths name, each by itself; "-" is standard input.
  static func inputs(_ paths: [String]) throws(InputError) -> [TraceInput] {
    var inputs: [TraceInput] = []
    for path in paths { inputs.append(try .given(path)) }
    return inputs
  }

  /// One file, or the files of consecutive days, in the order given.
  ///
  /// - Throws: `InputError` where a day is given twice.
  static func days(_ inputs: [TraceInput]) throws(InputError) -> TraceInput {
    for (index, input) in inputs.enumerated()
    where inputs[..<index].contains(where: { $0.name == input.name }) {
      throw InputError(
        kind: .usage,
        Diagnostic(
          message: "the file '\(input.name)' is given twice: several files are several days"))
    }
    return inputs.count == 1 ? inputs[0] : .days(inputs)
  }

  /// What the flags say.
  struct Reading {
    /// The format of the file, where the user names it.
    var format: TraceFormat?
    var options = TraceOptions()
    /// What was given that does not apply to every format.
    fileprivate(set) var given: [TraceOptionKey] = []

    /// Refuses flags that none of the files has a use for: nothing given is ignored.
    ///
    /// - Parameter others: files whose format is told by their content, whatever `--as` says.
    /// - Throws: `InputError` of kind `usage`, or what telling a format throws.
    func check(_ files: [TraceInput], others: [String] = []) throws(InputError) {
      if given.isEmpty { return }
      var found: [TraceFormat] = []
      for (index, file) in (files + others.map { .file($0) }).enumerated() {
        let named = index < files.count ? format : nil
        let known = if let named { named } else { try TraceImport.detect(file) }
        if !found.contains(known) { found.append(known) }
      }
      let list = found.map(\.rawValue).joined(separator: ", ")
      let isSpread = options.dequantiseNS != nil
      let faults = given.compactMap { key -> Diagnostic? in
        if found.contains(where: { key.applies(to: $0, isSpread: isSpread) }) { return nil }
        let own = TraceFormat.allCases.filter { key.applies(to: $0) }.map(\.rawValue)
        return Diagnostic(
          file: files.count == 1 ? files[0].name : "",
          message: "the flag '\(key.flag)' does not apply to \(list)",
          hint: "it belongs to \(own.joined(separator: ", "))")
      }
      if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    }
  }

  /// Reads the flags.
  static func read(_ arguments: inout ArgumentReader) -> Reading {
    var reading = Reading()
    var options = TraceOptions()
    reading.given = TraceOptionKey.allCases.filter { key in
      arguments.has(key.flag) && !TraceFormat.allCases.allSatisfy { key.applies(to: $0) }
    }
    let format = arguments.choice("--as", of: TraceFormat.allCases.map(\.rawValue))
    let unit = arguments.choice("--unit", of: TimeUnit.allCases.map(\.rawValue))
    options.unit = unit.flatMap(TimeUnit.init(rawValue:))
    options.isStrict = !arguments.bool("--lenient")
    if let tick = arguments.double("--dequantise", atLeast: 1e-9, atMost: 1e6) {
      options.dequantiseNS = Int64((tick * 1e9).rounded())
    }
    let placement = arguments.choice("--placement", of: BinPlacement.allCases.map(\.rawValue))
    if let placement = placement.flatMap(BinPlacement.init(rawValue:)) {
      options.placement = placement
    }
    if let seed = arguments.integer("--import-seed") { options.seed = UInt64(seed) }
    if options.placement != .uniformSeeded, arguments.has("--import-seed") {
      arguments.fault("'--import-seed' has no use with '--placement \(options.placement.rawValue)'")
    }
    options.rateScale = arguments.double("--scale", atLeast: 0)
    let isFromFirst = arguments.bool("--from-first")
    let isFromOrigin = arguments.bool("--from-origin")
    if isFromFirst, isFromOrigin {
      arguments.fault("'--from-first' and '--from-origin' exclude each other")
    }
    if isFromFirst || isFromOrigin { options.startsAtFirstArrival = isFromFirst }
    options.clampsNegativeTimes = arguments.bool("--clamp")
    options.leavesOutPastEnd = arguments.bool("--drop-past-end")
    options.acceptsAnyUnit = arguments.bool("--any-unit")
    if let count = arguments.integer("--max-count", atLeast: 1) {
      options.maximumCount = Int64(count)
    }
    reading.format = format.flatMap(TraceFormat.init(rawValue:))
    reading.options = options
    return reading
  }

  /// What the flags say, as the keys beside `trace` in an experiment file.
  static func members(_ reading: Reading) -> [(String, JSONReport)] {
    let (options, usual) = (reading.options, TraceOptions())
    var members: [(TraceOptionKey, JSONReport)] = []
    if let format = reading.format { members.append((.format, .string(format.rawValue))) }
    if let unit = options.unit { members.append((.unit, .string(unit.rawValue))) }
    if !options.isStrict { members.append((.lenient, .bool(true))) }
    if let tick = options.dequantiseNS {
      members.append((.dequantise, .number(Double(tick) / 1e9)))
    }
    if options.placement != usual.placement {
      members.append((.placement, .string(options.placement.rawValue)))
    }
    if options.seed != usual.seed { members.append((.importSeed, .integer(Int64(options.seed)))) }
    if let scale = options.rateScale { members.append((.scale, .number(scale))) }
    if let isFirst = options.startsAtFirstArrival {
      members.append((isFirst ? .fromFirst : .fromOrigin, .bool(true)))
    }
    if options.clampsNegativeTimes { members.append((.clamp, .bool(true))) }
    if options.leavesOutPastEnd { members.append((.dropPastEnd, .bool(true))) }
    if options.acceptsAnyUnit { members.append((.anyUnit, .bool(true))) }
    if options.maximumCount != usual.maximumCount {
      members.append((.maxCount, .integer(options.maximumCount)))
    }
    return members.map { ($0.rawValue, $1) }
  }
}
