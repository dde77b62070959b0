import Tables

/// Numbers of JSON, read as they are written.
extension JSONStream {
  /// Reads what should be a number to `text`; where it is anything else, passes over it and returns
  /// what a sentence shows of it.
  func numberText() throws(InputError) -> String? {
    if let other = try compoundText() { return other }
    return try scalar() ? excerpt : nil
  }

  /// Passes over a list or an object and returns what a sentence shows of it; nil before anything
  /// else.
  func compoundText() throws(InputError) -> String? {
    let first = try peekByte()
    guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return nil }
    try skip()
    return "'\(Character(UnicodeScalar(first)))'"
  }

  /// The last value as a sentence shows it.
  var excerpt: String { text.withUnsafeBufferPointer { Excerpt.of($0) } }

  /// The last number, exactly, times 10^`shift`.
  func decimal(shift: Int, _ value: inout Int64) -> ScanStatus {
    var status = ScanStatus.ok
    text.withUnsafeBufferPointer { status = NumberScan.decimal($0, shift: shift, &value) }
    return status
  }

  /// The last number as a whole one.
  func whole(_ value: inout Int64) -> ScanStatus {
    var status = ScanStatus.ok
    text.withUnsafeBufferPointer { status = NumberScan.whole($0, &value) }
    return status
  }
}
