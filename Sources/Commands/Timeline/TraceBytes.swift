import Reports

/// Bytes of JSON, put together without a string for each piece: a timeline has millions of them.
struct TraceBytes {
  private(set) var bytes: [UInt8] = []

  /// Keeps its room.
  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func add(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func add(bytes more: [UInt8]) { bytes.append(contentsOf: more) }

  mutating func add(_ number: Int) { add(Int64(number)) }

  mutating func add(_ number: Int64) {
    if number < 0 { bytes.append(0x2D) }
    digits(number.magnitude)
  }

  /// Nanoseconds as microseconds, to the nanosecond.
  mutating func add(microseconds ns: Int64) {
    add(ns, thousandths: 1_000)
  }

  /// Nanoseconds as milliseconds, to the nanosecond.
  mutating func add(milliseconds ns: Int64) {
    add(ns, thousandths: 1_000_000)
  }

  /// A share as a number with four decimals.
  mutating func add(share: Double) {
    add(Int64((min(max(share, 0), 1) * 10_000).rounded()), thousandths: 10_000)
  }

  /// A fraction, with as many decimals as the power of ten below it has zeros.
  private mutating func add(_ numerator: Int64, thousandths power: UInt64) {
    if numerator < 0 { bytes.append(0x2D) }
    let (whole, rest) = numerator.magnitude.quotientAndRemainder(dividingBy: power)
    digits(whole)
    if rest == 0 { return }
    bytes.append(0x2E)
    var (left, place) = (rest, power / 10)
    while left > 0 {
      bytes.append(0x30 + UInt8(truncatingIfNeeded: left / place))
      left %= place
      place /= 10
    }
  }

  private mutating func digits(_ number: UInt64) {
    var power: UInt64 = 1
    while number / power >= 10 { power *= 10 }
    var left = number
    while power > 0 {
      bytes.append(0x30 + UInt8(truncatingIfNeeded: left / power))
      left %= power
      power /= 10
    }
  }

  /// A text as a JSON string of at most so many characters, ready to be added again and again.
  static func quoted(_ text: String, most: Int = 48) -> [UInt8] {
    let short = text.count > most ? text.prefix(most - 1) + "…" : Substring(text)
    return Array(JSONReport.quoted(String(short)).utf8)
  }
}
