import Tables

/// Judges from all numbers of an `ncu` export how it groups digits: the tool writes numbers as the
/// machine's region does, `1,234.5` here and `1.234,5` there.
struct NcuNumbers {
  /// How a file writes digit groups and the decimal sign.
  struct Style {
    let point: UInt8
    let group: UInt8

    static let commaGroups = Style(point: UInt8(ascii: "."), group: UInt8(ascii: ","))
    static let dotGroups = Style(point: UInt8(ascii: ","), group: UInt8(ascii: "."))

    /// Reads a number; nil for anything else.
    func decimal(_ text: String) -> ExactDecimal? { ExactDecimal(text, point: point, group: group) }
  }

  private var commaGroups: (count: Int, line: Int) = (0, 0)
  private var dotGroups: (count: Int, line: Int) = (0, 0)
  private var ambiguous: (count: Int, line: Int) = (0, 0)

  /// Takes a value into account.
  mutating func note(_ text: String, line: Int) {
    var text = text
    switch text.withUTF8({ Self.judge($0) }) {
    case .commaGroups: commaGroups = (commaGroups.count + 1, line)
    case .dotGroups: dotGroups = (dotGroups.count + 1, line)
    case .either: ambiguous = (ambiguous.count + 1, line)
    case .silent: break
    }
  }

  private enum Verdict { case commaGroups, dotGroups, either, silent }

  /// What one number tells: its last sign is the decimal one where both occur or fewer or more than
  /// three digits follow; the same sign twice groups.
  private static func judge(_ bytes: UnsafeBufferPointer<UInt8>) -> Verdict {
    var commas = 0
    var dots = 0
    var last = -1
    for (i, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: ","): (commas, last) = (commas + 1, i)
      case UInt8(ascii: "."): (dots, last) = (dots + 1, i)
      case 0x30...0x39: break
      case UInt8(ascii: "-"): if i > 0 { return .silent }
      default: return .silent
      }
    }
    if last < 0 { return .silent }
    let isComma = bytes[last] == UInt8(ascii: ",")
    if commas > 0, dots > 0 { return isComma ? .dotGroups : .commaGroups }
    if commas > 1 { return .commaGroups }
    if dots > 1 { return .dotGroups }
    if bytes.count - last - 1 != 3 || last > 3 { return isComma ? .dotGroups : .commaGroups }
    if last == 1, bytes[0] == 0x30 { return isComma ? .dotGroups : .commaGroups }
    // "1,234": the tool writes two decimals, or none, so three digits are a group; which sign
    // groups is what the other numbers tell.
    return isComma ? .commaGroups : .either
  }

  /// How the file writes numbers.
  ///
  /// - Throws: numbers of both ways, or none that decides and some that need it.
  func style(file: String) throws(InputError) -> Style {
    if commaGroups.count > 0, dotGroups.count > 0 {
      throw InputError(
        file: file, line: max(commaGroups.line, dotGroups.line),
        message: "numbers are written both as 1,234.5 and as 1.234,5",
        hint: "export the file on one machine, or with LC_ALL=C")
    }
    if dotGroups.count > 0 { return .dotGroups }
    if commaGroups.count == 0, ambiguous.count > 0 {
      throw InputError(
        file: file, line: ambiguous.line,
        message: "cannot tell whether '.' groups digits or begins a fraction here",
        hint: "export more metrics, or with LC_ALL=C")
    }
    return .commaGroups
  }
}
