/// Reads `YYYY-MM-DD HH:MM:SS[.fffffffff][zone]` as nanoseconds since 1970 in UTC.
///
/// The fraction may have 0 to 9 digits; the zone is `Z`, `UTC`, `+HH:MM`, `+HHMM` or `+HH` (or `-`),
/// after a blank or none, and UTC where there is none. The last date is kept, as rows of one day
/// follow each other.
package struct TimestampScan: Sendable {
  private var cachedDate: (UInt64, UInt16) = (0, 0)
  private var cachedDayNS: Int64 = 0

  /// Creates a scanner that has seen no date.
  package init() {}

  /// Reads a time; `ok`, `empty` or `malformed`.
  package mutating func scan(
    _ text: UnsafeBufferPointer<UInt8>, _ value: inout Int64
  ) -> ScanStatus {
    guard text.count > 0 else { return .empty }
    guard text.count >= 19, let base = text.baseAddress else { return .malformed }
    let raw = UnsafeRawPointer(base)
    let date = (
      raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
    )
    if date != cachedDate {
      guard let dayNS = Self.day(text) else { return .malformed }
      cachedDate = date
      cachedDayNS = dayNS
    }
    guard text[10] == UInt8(ascii: " ") || text[10] == UInt8(ascii: "T"),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let hour = Self.pair(text, 11), let minute = Self.pair(text, 14),
      let second = Self.pair(text, 17), hour < 24, minute < 60, second < 60
    else { return .malformed }
    var time = cachedDayNS + ((hour * 60 + minute) * 60 + second) * 1_000_000_000
    var index = 19
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      var unit: Int64 = 100_000_000
      let first = index
      while index < text.count, text[index] &- 0x30 <= 9 {
        guard unit > 0 else { return .malformed }
        time += Int64(text[index] &- 0x30) * unit
        unit /= 10
        index += 1
      }
      guard index > first else { return .malformed }
    }
    if index < text.count {
      guard let offset = Self.zone(text, from: index) else { return .malformed }
      time -= offset
    }
    value = time
    return .ok
  }

  @inline(__always)
  private static func pair(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int64? {
    let high = text[at] &- 0x30
    let low = text[at + 1] &- 0x30
    return high <= 9 && low <= 9 ? Int64(high) * 10 + Int64(low) : nil
  }

  /// Nanoseconds from 1970 to a date's start; from 1900 to 2150, so that any two lie within Int64.
  private static func day(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      let century = pair(text, 0), let rest = pair(text, 2), let month = pair(text, 5),
      let day = pair(text, 8), (1...12).contains(month), day >= 1
    else { return nil }
    let year = century * 100 + rest
    guard (1900...2150).contains(year) else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[Int(month) - 1] else { return nil }
    let before = year - 1
    let leapDays = before / 4 - before / 100 + before / 400
    var days = before * 365 + leapDays + day - 1
    for index in 0..<Int(month) - 1 { days += lengths[index] }
    // 719 162 days lie between the start of year 1 and that of 1970.
    return (days - 719_162) * 86_400_000_000_000
  }

  private static func zone(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int64? {
    let blank = text[start] == UInt8(ascii: " ") ? 1 : 0
    let zone = UnsafeBufferPointer(rebasing: text[(start + blank)...])
    if zone.elementsEqual("Z".utf8) || zone.elementsEqual("UTC".utf8) { return 0 }
    // +HH, +HHMM or +HH:MM.
    guard [3, 5, 6].contains(zone.count), let hours = pair(zone, 1), hours < 24,
      let minutes = zone.count == 3 ? 0 : pair(zone, zone.count - 2), minutes < 60,
      zone.count != 6 || zone[3] == UInt8(ascii: ":")
    else { return nil }
    let offset = (hours * 60 + minutes) * 60_000_000_000
    switch zone[0] {
    case UInt8(ascii: "+"): return offset
    case UInt8(ascii: "-"): return -offset
    default: return nil
    }
  }
}
