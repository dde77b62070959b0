/// Finds bytes that are no UTF-8: shown with a stand-in, different names would become one.
enum InvalidText {
  /// The offset of the first byte that is not UTF-8; nil where all are.
  static func offset(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    if bytes.allSatisfy({ $0 < 0x80 }) { return nil }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .error: return offset
      case .emptyInput: return nil
      }
    }
  }

  /// What is said of such a byte.
  static func message(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> String {
    let byte = String(bytes[offset], radix: 16)
    return "expected UTF-8 text, found the byte 0x\(byte.count == 1 ? "0" : "")\(byte)"
  }
}
