import CommandLine
import Tables
import Traces
import Workloads

/// The flags of every command that reads recorded traces.
enum TraceInputFlags {
  static let flags: [FlagSpec] = [
    .valued("--as", "FORMAT", "the file's format (told by its content)"),
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

  /// One file, or the files of consecutive days, in the order given.
  ///
  /// - Throws: `InputError` where a day is given twice.
  static func input(_ paths: [String]) throws(InputError) -> TraceInput {
    for (index, path) in paths.enumerated() where paths[..<index].contains(path) {
      throw InputError(
        kind: .usage,
        Diagnostic(message: "the file '\(path)' is given twice: several files are several days"))
    }
    return paths.count == 1 ? .file(paths[0]) : .days(paths.map { .file($0) })
  }

  /// The flags that mean something in some formats only, and those.
  private static let formats: [(flag: String, formats: [TraceFormat])] = [
    ("--placement", TraceFormat.allCases.filter(\.isBinned)),
    ("--import-seed", TraceFormat.allCases.filter(\.isBinned)),
    ("--scale", [.rateSteps]),
    ("--clamp", [.azureFunctions2021]),
    ("--drop-past-end", [.disb]),
    ("--any-unit", TraceFormat.allCases.filter(\.hasCheckedUnit)),
    ("--max-count", TraceFormat.allCases.filter(\.isBinned)),
  ]

  /// What the flags say.
  struct Reading {
    /// The format of the file, where the user names it.
    var format: TraceFormat?
    var options = TraceOptions()
    fileprivate var given: [String] = []

    /// Refuses flags that none of the files has a use for: nothing given is ignored.
    ///
    /// - Parameter others: files whose format is told by their content, whatever `--as` says.
    /// - Throws: `InputError` of kind `usage`, or what telling a format throws.
    func check(_ files: [String], others: [String] = []) throws(InputError) {
      if given.isEmpty { return }
      var found: [TraceFormat] = []
      for (index, file) in (files + others).enumerated() {
        let named = index < files.count ? format : nil
        let known = if let named { named } else { try TraceImport.detect(path: file) }
        if !found.contains(known) { found.append(known) }
      }
      let list = found.map(\.rawValue).joined(separator: ", ")
      let faults = TraceInputFlags.formats.compactMap { rule -> Diagnostic? in
        guard given.contains(rule.flag), !rule.formats.contains(where: { found.contains($0) })
        else { return nil }
        let own = rule.formats.map(\.rawValue).joined(separator: ", ")
        return Diagnostic(
          file: files.count == 1 ? files[0] : "",
          message: "the flag '\(rule.flag)' does not apply to \(list)",
          hint: "it belongs to \(own)")
      }
      if !faults.isEmpty { throw InputError(kind: .usage, diagnostics: faults) }
    }
  }

  /// Reads the flags.
  static func read(_ arguments: inout ArgumentReader) -> Reading {
    var reading = Reading()
    var options = TraceOptions()
    reading.given = formats.map(\.flag).filter { arguments.has($0) }
    let format = arguments.choice("--as", of: TraceFormat.allCases.map(\.rawValue))
    options.isStrict = !arguments.bool("--lenient")
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
}
