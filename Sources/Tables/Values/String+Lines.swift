extension String {
  /// The lines, empty ones among them, whatever ends them: a line feed, alone or behind a carriage
  /// return, which are one `Character`.
  package var lines: [Substring] {
    split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }
}
