/// The units that files write behind or above their columns.
package enum Units {
  /// The power of ten that turns a time in this unit into nanoseconds; nil for an unknown unit.
  package static func nanosecondPower(of unit: String) -> Int? {
    switch unit.lowercased() {
    case "ns", "nsec", "nsecond", "nanosecond", "nanoseconds": 0
    case "us", "usec", "usecond", "µs", "microsecond", "microseconds": 3
    case "ms", "msec", "msecond", "millisecond", "milliseconds": 6
    case "s", "sec", "second", "seconds": 9
    default: nil
    }
  }

  /// The bytes one of this unit stands for; nil for an unknown unit. Prefixes are powers of 1000 as
  /// the profilers use them, or of 1024 where written `KiB`.
  package static func bytes(of unit: String) -> Double? {
    var name = unit.lowercased()
    if name.hasSuffix("/block") { name.removeLast(6) }
    return switch name {
    case "b", "byte", "bytes": 1
    case "kb", "kbyte", "kbytes": 1e3
    case "mb", "mbyte", "mbytes": 1e6
    case "gb", "gbyte", "gbytes": 1e9
    case "tbyte", "tb": 1e12
    case "kib": 1024
    case "mib": 1024 * 1024
    case "gib": 1024 * 1024 * 1024
    default: nil
    }
  }

  /// The bytes per second one of this unit stands for; nil for an unknown unit.
  package static func bytesPerSecond(of unit: String) -> Double? {
    let name = unit.lowercased()
    for suffix in ["/s", "/second", "/sec"] where name.hasSuffix(suffix) {
      return bytes(of: String(name.dropLast(suffix.count)))
    }
    return nil
  }
}
