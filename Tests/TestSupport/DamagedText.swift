import SimBasics
import Tables

/// Texts with a few bytes changed, cut or put in, for readers that must read or refuse them.
public enum DamagedText {
  /// `text` with one to four damages, still ASCII.
  public static func of(_ text: String, _ generator: inout SeededGenerator) -> String {
    var bytes = Array(text.utf8)
    func below(_ n: Int) -> Int { Int(generator.next() % UInt64(max(1, n))) }
    for _ in 0...below(4) {
      let at = below(bytes.count)
      switch below(4) {
      case 0: bytes[at] = UInt8(32 + below(95))
      case 1: bytes.remove(at: at)
      case 2:
        bytes.insert(
          contentsOf: "0123456789-.e\",:[]{}".utf8.shuffled(using: &generator).prefix(2), at: at)
      default:
        let end = min(bytes.count, at + 1 + below(12))
        bytes.replaceSubrange(at..<end, with: Array("99999999999".utf8.prefix(below(12))))
      }
      if bytes.isEmpty { bytes = [32] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a fault names the file and says something, for each of its faults.
  package static func isTold(_ fault: InputError, in file: String) -> Bool {
    !fault.diagnostics.isEmpty
      && fault.diagnostics.allSatisfy { $0.file == file && !$0.message.isEmpty }
  }
}
