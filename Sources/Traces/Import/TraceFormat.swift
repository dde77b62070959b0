import Tables

/// A trace file format that can be read: its name, what its records are, and how they are told and
/// read.
///
/// Most formats are tables, and all that is to say of one is its columns:
///
/// ```swift
/// let format = TraceFormat(
///   "mine-csv", columns: [.required("t_s", .time(.seconds)), .optional("user", .tenant)])
/// ```
package struct TraceFormat: Sendable {
  /// The name that `--as` and reports use.
  package let rawValue: String
  /// The columns of a format that has a header.
  package let columns: [TraceColumn]
  /// What one record of the format is called in reports.
  package let recordNoun: String
  /// Whether times are on a wall clock or a foreign zero, so that the first arrival becomes 0.
  package let startsAtFirstArrival: Bool
  /// Whether records are counts over a span of time, whose requests the importer has to place.
  package let isBinned: Bool
  /// Whether a trace may be a file for each day.
  let comesInDays: Bool
  /// Whether times may not decrease, and lines `# key: value` may stand before the header.
  let isOwn: Bool
  /// Whether a file is this only where the user says so: its bytes do not tell.
  package let isNamedOnly: Bool
  /// Whether the unit of its times can be told by the user: neither a date nor a column's name says it.
  package let takesUnit: Bool
  /// Makes the reader of its records; nil where columns tell all.
  let makeSource: (@Sendable (TraceReading) throws(InputError) -> any TraceRowSource)?

  /// Describes a table with a header, one request a row.
  package init(_ rawValue: String, columns: [TraceColumn], startsAtFirstArrival: Bool = false) {
    self.init(
      rawValue, record: "row", columns: columns, startsAtFirstArrival: startsAtFirstArrival,
      makeSource: nil)
  }

  /// Describes a format that has a reader of its own, or rules that columns do not tell.
  init(
    _ rawValue: String, record recordNoun: String, columns: [TraceColumn] = [],
    startsAtFirstArrival: Bool = false, isBinned: Bool = false, comesInDays: Bool = false,
    isOwn: Bool = false, isNamedOnly: Bool = false,
    hasFreeUnit: Bool = false,
    makeSource: (@Sendable (TraceReading) throws(InputError) -> any TraceRowSource)?
  ) {
    self.rawValue = rawValue
    self.columns = columns
    self.recordNoun = recordNoun
    self.startsAtFirstArrival = startsAtFirstArrival
    self.isBinned = isBinned
    self.comesInDays = comesInDays
    self.isOwn = isOwn
    self.isNamedOnly = isNamedOnly
    takesUnit =
      hasFreeUnit
      || columns.contains { if case .time(let clock) = $0.meaning { clock.isFree } else { false } }
    self.makeSource = makeSource
  }

  /// The unit that a person may have mistaken: whole spans and rates of counted formats are given by
  /// their bins.
  package var hasCheckedUnit: Bool { !isBinned }

  /// Whether the project writes such files.
  var isOurs: Bool { isOwn || self == .requests }

  /// The names that every file's header has.
  var required: [String] { columns.filter(\.isRequired).map(\.name) }

  /// The names by which the format is told: those that files have, or nearly all of them.
  var signature: [TraceColumn] { columns.filter { $0.isRequired || $0.identifies } }

  /// The names that a header may have.
  var known: [String] { columns.map(\.name) }
}

extension TraceFormat: Hashable {
  /// Whether both have one name.
  package static func == (a: TraceFormat, b: TraceFormat) -> Bool { a.rawValue == b.rawValue }

  /// Hashes the name.
  package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// A column of a trace's table: its names and what it means.
package struct TraceColumn: Sendable {
  /// What a field says of its request.
  package enum Meaning: Sendable, Equatable {
    /// When it arrived, or ended where there is a duration.
    case time(TraceClock)
    /// The seconds it took: it arrived as long before the time.
    case duration
    /// The prompt's tokens.
    case inputTokens
    /// The answer's tokens; none where `zeroFails` mean that the request failed.
    case outputTokens(zeroFails: Bool = false)
    /// The sum of both.
    case totalTokens
    /// Who asked; several such columns are joined by '/'.
    case tenant
    /// Which session it belongs to: later requests of one may follow an answer.
    case session
    /// How long after the session's last answer it was sent, where it has no time of its own.
    case delay(TraceClock)
    /// The request of the session whose answer it follows; below 0 or empty where there is none.
    case parent
    /// A list with one entry for so many tokens of the prompt.
    case hashBlocks(Int64)
    /// What tells the run of a simulation that a row belongs to.
    case run
    /// One of the known words, one of which says that the request failed.
    case status(known: [String], failed: String)
    /// Nothing that is used.
    case unused

    /// Whether it says when a request arrived.
    var isTime: Bool { if case .time = self { true } else { false } }
  }

  /// The name that publishers write and sentences show.
  package let name: String
  /// Other names for it.
  package let aliases: [String]
  /// What it means.
  package let meaning: Meaning
  /// Whether every file has it.
  package let isRequired: Bool
  /// Whether a field may be empty.
  package let mayBeEmpty: Bool
  /// Whether it tells the format although files may lack it.
  package var identifies = false

  /// Whether one of its names is among these.
  func isNamed(in names: [String]) -> Bool {
    ([name] + aliases).contains(where: names.contains)
  }

  /// A column that every file has.
  package static func required(
    _ name: String, aliases: [String] = [], _ meaning: Meaning = .unused, mayBeEmpty: Bool = false
  ) -> TraceColumn {
    TraceColumn(
      name: name, aliases: aliases, meaning: meaning, isRequired: true, mayBeEmpty: mayBeEmpty)
  }

  /// A column that a file may lack, and whose fields may be empty.
  package static func optional(
    _ name: String, aliases: [String] = [], _ meaning: Meaning = .unused, identifies: Bool = false
  ) -> TraceColumn {
    TraceColumn(
      name: name, aliases: aliases, meaning: meaning, isRequired: false, mayBeEmpty: true,
      identifies: identifies)
  }
}
