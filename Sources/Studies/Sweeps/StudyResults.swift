import Metrics
import Reports
import Tables

/// What a study came to, taken in run by run in its order: the lines of `study.csv`, and what is
/// said beside them.
package struct StudyResults {
  /// A policy at a point.
  package struct Entry: Sendable {
    /// The axes' values.
    package let values: [String]
    package let policy: String
    /// The device's figures, one list of samples over the seeds for each that applies.
    package private(set) var samples: [SummaryFigure: [Double]] = [:]
    /// The same of its tenants, of the figures by which policies are ranked.
    package private(set) var tenants:
      [(name: String, model: String, samples: [SummaryFigure: [Double]])] = []
    /// Whether it could not run.
    package fileprivate(set) var isRefused = false

    fileprivate mutating func add(_ record: RunRecord) throws(InputError) {
      let table = try CSVReader.table(
        of: ([record.header] + record.rows).joined(separator: "\n"), file: "")
      func value(_ figure: SummaryFigure, _ row: Int) -> Double? {
        let fields = table.rows[row].fields
        return table.index(of: figure.rawValue).flatMap {
          $0 < fields.count ? Double(fields[$0]) : nil
        }
      }
      guard !table.rows.isEmpty else { return }
      for figure in SummaryFigure.allCases {
        if let value = value(figure, 0) { samples[figure, default: []].append(value) }
      }
      func word(_ name: String, _ row: Int) -> String {
        table.index(of: name).map { table.rows[row].fields[$0] } ?? ""
      }
      for row in table.rows.indices.dropFirst() {
        if row > tenants.count { tenants.append((word("tenant", row), word("model", row), [:])) }
        for figure in [SummaryFigure.sloAttainment, .latencyP99] {
          guard let value = value(figure, row) else { continue }
          tenants[row - 1].samples[figure, default: []].append(value)
        }
      }
    }
  }

  /// In the place of a digest, for a run that is none.
  private static let refused: Int32 = -1
  /// The most runs that are compared with each other.
  private static let mostCompared = 200_000
  /// The most entries that are kept for tables; the files have all.
  package static let mostEntries = 240

  private let listing: StudyListing
  /// The entries in the study's order, the first of them.
  package private(set) var entries: [Entry] = []
  /// How many there are in all.
  package private(set) var entryCount = 0
  /// What readers must know, each once, in the order of the runs.
  package private(set) var remarks: [String] = []
  /// Why runs were refused, each once with the policy and how many runs it concerns.
  package private(set) var refusals: [(policy: String, reason: String, count: Int)] = []
  /// The number of a run's digest, by row: equal runs have equal ones.
  private var digests: [Int32] = []
  private var digestNumbers: [String: Int32] = [:]
  private var remarkSet = Set<String>()
  private var last: (values: [String], policy: String)?

  private let summaryHeader: String

  package init(_ listing: StudyListing) {
    self.listing = listing
    summaryHeader = listing.summary.joined(separator: ",")
  }

  /// The first line of `study.csv`: the axes' columns, then those of `summary.csv`.
  package var header: String {
    let own = listing.columns.map { CSVText.field($0) }
    return (own + listing.summary).joined(separator: ",") + "\n"
  }

  /// Takes in the run of the next row; its lines of `study.csv`.
  ///
  /// - Throws: `badData` where the record is of other columns.
  package mutating func add(_ record: RunRecord, file: String) throws(InputError) -> String {
    let row = listing.rows[digests.count]
    digests.append(number(of: record))
    for remark in record.remarks where remarkSet.insert(remark).inserted { remarks.append(remark) }
    if last?.policy != row.policy || last?.values != row.values {
      last = (row.values, row.policy)
      entryCount += 1
      if entries.count < Self.mostEntries {
        entries.append(Entry(values: row.values, policy: row.policy))
      }
    }
    if let reason = record.refusal {
      if entries.count == entryCount { entries[entryCount - 1].isRefused = true }
      if let at = refusals.firstIndex(where: { $0.policy == row.policy && $0.reason == reason }) {
        refusals[at].count += 1
      } else {
        refusals.append((row.policy, reason, 1))
      }
      return ""
    }
    if entries.count == entryCount { try entries[entryCount - 1].add(record) }
    let cells = row.values.map { CSVText.field($0) + "," }.joined()
    return try rows(of: record, file: file).map { cells + $0 + "\n" }.joined()
  }

  /// The record's rows with the columns of the study: those that other runs have alone are empty.
  private func rows(of record: RunRecord, file: String) throws(InputError) -> [String] {
    if record.header == summaryHeader { return record.rows }
    let text = ([record.header] + record.rows).map { $0 + "\n" }.joined()
    let table = try CSVReader.table(of: text, file: file)
    if let odd = table.header.fields.first(where: { !listing.summary.contains($0) }) {
      throw InputError(
        file: file, message: "the run has a column '\(Excerpt.word(odd))' that the study has not")
    }
    return table.rows.map { row in
      listing.summary.map { name in
        table.index(of: name).map { CSVText.field(row.fields[$0]) } ?? ""
      }.joined(separator: ",")
    }
  }

  private mutating func number(of record: RunRecord) -> Int32 {
    if record.refusal != nil { return Self.refused }
    let number = digestNumbers[record.digest] ?? Int32(digestNumbers.count)
    digestNumbers[record.digest] = number
    return number
  }

  /// The axes that changed no run: whatever their value, every policy and seed gave the very same
  /// one; not looked for in a study of more than `mostCompared` runs.
  package var idleAxes: [String] {
    if digests.count > Self.mostCompared { return [] }
    let seeds = idle { [$0.policy] + $0.values } ? ["seed"] : []
    return listing.columns.indices.compactMap { a in
      let isIdle = idle { row in
        var values = row.values
        values[a] = ""
        return [row.policy, "\(row.seed)"] + values
      }
      return isIdle ? listing.columnAxes[a] : nil
    } + seeds
  }

  /// Whether rows that have a key in common always have a run in common too, and some do.
  private func idle(_ key: (StudyListing.Row) -> [String]) -> Bool {
    var first: [[String]: (run: String, digest: Int32)] = [:]
    var isShared = false
    for (row, digest) in zip(listing.rows, digests) where digest != Self.refused {
      guard let other = first[key(row)] else {
        first[key(row)] = (row.run, digest)
        continue
      }
      if other.digest != digest { return false }
      if other.run != row.run { isShared = true }
    }
    return isShared
  }

  /// What the study rests on and came to: `study.json`.
  ///
  /// - Parameter digest: the hash of `study.csv`.
  package func manifest(digest: String) -> JSONReport {
    let description = (try? JSONReader.node(of: listing.description, file: "")).map(JSONReport.init)
    return .object([
      ("format", .string("gpuloom.study-manifest/1")), ("version", .string(listing.version)),
      ("study", .string(listing.study)), ("description", description ?? .null),
      (
        "inputs",
        .array(
          listing.inputs.map { input in
            .object([
              ("role", .string(input.role)), ("name", .string(input.name)),
              ("sha256", .string(input.sha256)),
            ])
          })
      ),
      ("columns", .array(listing.columns.map { .string($0) })),
      ("runs", .integer(Int64(listing.rows.count))),
      ("results_sha256", .string(digest)),
      ("without_effect", .array(idleAxes.map { .string($0) })),
      ("remarks", .array(remarks.map { .string($0) })),
      (
        "refused",
        .array(
          refusals.map { refusal in
            .object([
              ("policy", .string(refusal.policy)), ("reason", .string(refusal.reason)),
              ("runs", .integer(Int64(refusal.count))),
            ])
          })
      ),
    ])
  }
}

extension JSONReport {
  /// A value that was read.
  fileprivate init(_ node: JSONNode) {
    switch node.value {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .number:
      self = node.integer.map { .integer($0) } ?? .number(node.double ?? .nan)
    case .string(let text): self = .string(text)
    case .array(let items): self = .array(items.map { JSONReport($0) })
    case .object(let members): self = .object(members.map { ($0.name, JSONReport($0.node)) })
    }
  }
}
