import Tables

/// The sessions met so far, by number, and whether each has begun.
struct SessionTable {
  private var names = NameTable()
  private var begun: [Bool] = []

  /// A session's number; -1 where there are more than can be told apart.
  mutating func number(of name: UnsafeBufferPointer<UInt8>) -> Int32 {
    guard let number = names.number(of: name) else { return -1 }
    while begun.count <= Int(number) { begun.append(false) }
    return number
  }

  /// Notes that a request of the session has a time; whether an earlier one had.
  mutating func begin(_ number: Int32) -> Bool {
    guard number >= 0 else { return false }
    defer { begun[Int(number)] = true }
    return begun[Int(number)]
  }

  /// Whether a request of the session had a time.
  func hasBegun(_ number: Int32) -> Bool { begun[Int(number)] }
}
