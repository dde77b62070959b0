import Tables

/// This project's own trace table: `arrival_ns` and optionally `tenant,input_tokens,output_tokens`.
///
/// Times are nanoseconds from the trace's start and do not decrease; lines `# key: value` before
/// the header say where the trace comes from. Empty token and tenant cells mean "not known".
struct OwnTraceLayout: TraceLayout {
  static let format = TraceFormat.own
  private var tenants = NameTable()
  private var latest: Int64 = 0
  private let isStrict: Bool

  init(options: TraceOptions) { isStrict = options.isStrict }

  var tenantNames: [String] { tenants.names }

  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool {
    let status = NumberScan.whole(fields[0], &row.arrivalNS)
    guard status == .ok else {
      return try fields.badTime(
        status, 0, "arrival_ns", expected: "a non-negative integer")
    }
    if isStrict, row.arrivalNS < latest {
      return try fields.leaveOut(
        .timeOrder, 0, "'arrival_ns' decreases from \(latest) to \(row.arrivalNS)",
        hint: "sort the table by it")
    }
    latest = max(latest, row.arrivalNS)
    row.tenant = -1
    if fields.has(1), !fields[1].isEmpty {
      guard try tenant(fields, &row.tenant) else { return false }
    }
    guard try optionalSize(fields, 2, "input_tokens", &row.inputTokens) else { return false }
    return try optionalSize(fields, 3, "output_tokens", &row.outputTokens)
  }

  /// Numbers the tenant's name; two quotes inside a quoted name stand for one.
  @inline(__always)
  private mutating func tenant(
    _ fields: TraceFields, _ number: inout Int32
  ) throws(InputError) -> Bool {
    let name = fields[1]
    guard fields.isQuoted(1), name.contains(UInt8(ascii: "\"")) else {
      return try fields.tenant(name, 1, in: &tenants, &number)
    }
    var plain: [UInt8] = []
    var isSecond = false
    for byte in name {
      isSecond = byte == UInt8(ascii: "\"") && !isSecond
      if !isSecond { plain.append(byte) }
    }
    guard let found = plain.withUnsafeBufferPointer({ tenants.number(of: $0) }) else {
      return try fields.tenant(name, 1, in: &tenants, &number)
    }
    number = found
    return true
  }

  @inline(__always)
  private func optionalSize(
    _ fields: TraceFields, _ column: Int, _ name: String, _ size: inout Int64
  ) throws(InputError) -> Bool {
    size = -1
    if !fields.has(column) || fields[column].isEmpty { return true }
    return try fields.size(column, name, &size)
  }
}
