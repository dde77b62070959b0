import Tables

/// The current row's fields as numbers and texts; the first that is wrong is noted.
extension ProfileRows {
  /// Where a column stands in a row, by its name; -1 where it is not there.
  func field(_ name: String) -> Int {
    places.columns.firstIndex { $0.names[0] == name }.map { places.fields[$0] } ?? -1
  }

  /// The text of a column; empty where it is not there.
  func text(_ name: String) -> String { rows.string(field(name)) }

  /// What the column that tells kernels from other rows says; nil where there is none.
  var kindText: String? { places.kind < 0 ? nil : rows.string(places.kind) }

  /// Whether a field is empty or the column is not there.
  func isEmpty(_ field: Int) -> Bool { rows[field].isEmpty }

  /// Notes what is wrong with a field, unless the row is faulty already.
  func note(_ field: Int, _ expected: String) {
    if fault != nil { return }
    let found = rows.string(field)
    let shown = found.count > 40 ? String(found.prefix(40)) + "…" : found
    let name = header.written.indices.contains(field) ? header.written[field] : ""
    fault = rows.fault(field, "expected \(expected) in '\(name)', found \"\(shown)\"")
  }

  /// A time in nanoseconds; nil where the column is not there or the field is no number.
  func time(_ field: Int, _ power: Int) -> Int64? {
    if field < 0 { return nil }
    if let value = ExactDecimal(rows[field])?.scaled(by: power) { return value }
    note(field, "a number")
    return nil
  }

  /// A non-negative integer below 2^31.
  func int32(_ field: Int) -> Int32 {
    let value = int64(field)
    if value <= Int64(Int32.max) { return Int32(value) }
    note(field, "an integer below 2147483648")
    return 0
  }

  /// A non-negative integer, also where it is written as `8.0`.
  func int64(_ field: Int) -> Int64 {
    var whole: Int64 = 0
    if NumberScan.whole(rows[field], &whole) == .ok { return whole }
    if let number = ExactDecimal(rows[field]), !number.isNegative,
      let value = number.scaled(by: 0)
    {
      return value
    }
    note(field, "a non-negative integer")
    return 0
  }

  /// A number.
  func double(_ field: Int) -> Double {
    if let value = ExactDecimal(rows[field])?.double, value.isFinite { return value }
    note(field, "a number")
    return 0
  }

  /// The sum of the row's shared memory in bytes; -1 where none is given.
  func sharedMemory() -> Int32 {
    var total = 0.0
    var isGiven = false
    for part in memory where !isEmpty(part.field) {
      isGiven = true
      total += double(part.field) * part.scale
    }
    if !isGiven { return -1 }
    if total >= 0, total <= 1e9 { return Int32(total.rounded()) }
    note(memory[0].field, "a size below 1 GB")
    return 0
  }

  /// The field that holds the kernel's name.
  var nameField: Int { places.names.first { !isEmpty($0) } ?? places.names.last ?? -1 }

  /// The name as it stands in the row.
  var nameText: String { rows.string(nameField) }

  /// The number of the row's name.
  func name() -> Int32 {
    let field = nameField
    if isEmpty(field) { note(field, "a kernel's name") }
    return rows.hasEscapes
      ? into.names.index(of: rows.string(field)) : into.names.index(of: rows[field])
  }
}
