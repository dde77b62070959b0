import Tables

/// Writes the project's own trace table: `# key: value` lines, a header, one row per request.
package struct TraceText: Sendable {
  /// Whether rows carry a tenant's name.
  package let hasTenants: Bool
  /// Whether rows carry prompt and answer lengths.
  package let hasSizes: Bool
  /// The names that rows number, as fields.
  private let tenants: [[UInt8]]

  /// Describes the rows that will come.
  package init(tenantNames: [String] = [], hasSizes: Bool) {
    hasTenants = !tenantNames.isEmpty
    self.hasSizes = hasSizes
    tenants = tenantNames.map { Array(Self.field($0).utf8) }
  }

  /// The lines before the rows; line breaks in values become spaces.
  package func header(_ provenance: [TraceProvenance]) -> String {
    var text = ""
    for line in provenance {
      let value = String(line.value.map { $0.isNewline ? " " : $0 })
      text += "# \(line.key): \(value)\n"
    }
    text += "arrival_ns"
    if hasTenants { text += ",tenant" }
    if hasSizes { text += ",input_tokens,output_tokens" }
    return text + "\n"
  }

  /// Appends a row's line; what the row lacks stays empty.
  package func append(_ row: TraceRow, to bytes: inout [UInt8]) {
    Self.append(row.arrivalNS, to: &bytes)
    if hasTenants {
      bytes.append(UInt8(ascii: ","))
      if tenants.indices.contains(Int(row.tenant)) {
        bytes.append(contentsOf: tenants[Int(row.tenant)])
      }
    }
    if hasSizes {
      bytes.append(UInt8(ascii: ","))
      if row.inputTokens >= 0 { Self.append(row.inputTokens, to: &bytes) }
      bytes.append(UInt8(ascii: ","))
      if row.outputTokens >= 0 { Self.append(row.outputTokens, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    var rest = number.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes[start...].reverse()
  }

  private static func field(_ name: String) -> String {
    CSVText.field(String(name.map { $0.isNewline ? " " : $0 }))
  }
}

extension TraceProvenance {
  /// A line of a trace that is being made.
  package init(_ key: String, _ value: String) { self.init(key: key, value: value) }
}
