import Tables
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
    .plain("--clamp", "arrivals before time 0 move to it"),
    .plain("--drop-past-end", "leave out events after the end that their file states"),
    .plain("--any-unit", "accept rates and spans that suggest a wrong unit"),
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

  /// Reads the flags.
  static func read(
    _ arguments: inout ArgumentReader
  ) -> (format: TraceFormat?, options: TraceOptions) {
    var options = TraceOptions()
    let format = arguments.choice("--as", of: TraceFormat.allCases.map(\.rawValue))
    options.isStrict = !arguments.bool("--lenient")
    let placement = arguments.choice("--placement", of: BinPlacement.allCases.map(\.rawValue))
    if let placement = placement.flatMap(BinPlacement.init(rawValue:)) {
      options.placement = placement
    }
    if let seed = arguments.integer("--import-seed") { options.seed = UInt64(seed) }
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
    return (format.flatMap(TraceFormat.init(rawValue:)), options)
  }
}
