extension String {
  /// The text with the first occurrence of a part replaced; the part must be there.
  public func replacingOnce(_ old: String, _ new: String) -> String {
    guard let range = firstRange(of: old) else {
      preconditionFailure("'\(old)' is not in the text")
    }
    return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
  }
}
