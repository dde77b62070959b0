/// Objects and lists.
extension JSONStream {
  private func enter(_ byte: UInt8, _ what: () -> String) throws(InputError) {
    if try peekByte() != byte { throw expected(what()) }
    if isFresh.count == depthLimit { throw tooDeep() }
    position += 1
    isFresh.append(true)
  }

  func tooDeep() -> InputError { fault("expected at most \(depthLimit) levels of nesting") }

  /// Enters an object, named in the fault of finding anything else.
  package func enterObject(
    _ what: @autoclosure () -> String = "an object"
  ) throws(InputError) {
    try enter(UInt8(ascii: "{"), what)
  }

  /// Enters a list, named in the fault of finding anything else.
  package func enterArray(_ what: @autoclosure () -> String = "a list") throws(InputError) {
    try enter(UInt8(ascii: "["), what)
  }

  /// Moves to the next member and reads its key to `text`; false, having left the object, after
  /// the last.
  package func nextKey() throws(InputError) -> Bool {
    guard try nextMember() else { return false }
    try readKey()
    return true
  }

  /// Moves to the next member's key; false, having left the object, after the last.
  func nextMember() throws(InputError) -> Bool { try advance(closing: UInt8(ascii: "}")) }

  /// Reads a key and the colon behind it.
  func readKey() throws(InputError) {
    try readString("a name in quotes")
    if try peekByte() != UInt8(ascii: ":") {
      throw expected("':' after '\(String(decoding: text.prefix(40), as: UTF8.self))'")
    }
    position += 1
  }

  /// Moves to the next element; false, having left the list, after the last.
  package func nextElement() throws(InputError) -> Bool {
    try advance(closing: UInt8(ascii: "]"))
  }

  private func advance(closing: UInt8) throws(InputError) -> Bool {
    let byte = try peekByte()
    if byte == closing {
      position += 1
      if !isFresh.isEmpty { isFresh.removeLast() }
      return false
    }
    guard let fresh = isFresh.last else { return false }
    if fresh {
      // At the end of the file it is the reading of a value, or a key, that fails.
      isFresh[isFresh.count - 1] = false
    } else {
      try expect(UInt8(ascii: ","), "',' or '\(Character(UnicodeScalar(closing)))'")
    }
    return true
  }

  /// Checks that only white space is left.
  package func finish() throws(InputError) {
    if try peekByte() != 0 { throw expected("the end of the \(extent)") }
  }
}
