/// The names by which a format is known: a header's columns, or the keys of an object.
package struct FormatSignature<Format: Sendable>: Sendable {
  /// What has them.
  package let format: Format
  /// The names that all files of the format have.
  package let required: [String]

  /// Creates a signature.
  package init(_ format: Format, required: [String]) {
    self.format = format
    self.required = required
  }

  /// The names that are not among these.
  package func missing(in names: [String]) -> [String] { required.filter { !names.contains($0) } }

  /// The signature most of whose names are there, as a share of them; the first of equals, nil where
  /// no name is.
  package static func best(
    of signatures: [FormatSignature], for names: [String]
  ) -> (signature: FormatSignature, share: Double)? {
    var best: (signature: FormatSignature, share: Double)?
    for signature in signatures where !signature.required.isEmpty {
      let found = signature.required.count - signature.missing(in: names).count
      let share = Double(found) / Double(signature.required.count)
      if found > 0, share > (best?.share ?? 0) { best = (signature, share) }
    }
    return best
  }
}

/// What the first bytes of a file show it to be where it holds no data of any format: nothing, pages,
/// pointers, archives, binary data.
package struct ForeignContent: Sendable, Equatable {
  /// The kinds told apart.
  package enum Kind: Sendable { case empty, page, pointer, packed, binary }

  /// Which kind it is.
  package let kind: Kind
  /// The sentence about it.
  package let message: String
  /// A way out, where one is known.
  package let hint: String?
  /// The line of the first byte that tells; 0 where the file as a whole does.
  package let line: Int
  /// That byte's column; 0 where the file as a whole tells.
  package let column: Int

  private init(
    _ kind: Kind, _ message: String, _ hint: String? = nil, at place: (Int, Int) = (1, 1)
  ) {
    self.kind = kind
    self.message = message
    self.hint = hint
    (line, column) = place
  }

  private static let packings: [([UInt8], String)] = [
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0x50, 0x4B, 3, 4], "zip"), ([0x42, 0x5A, 0x68], "bzip2"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), ([0x50, 0x41, 0x52, 0x31], "Parquet"),
  ]

  /// Looks at the first bytes of a file's content; nil where they may be data.
  package static func of(_ head: [UInt8]) -> ForeignContent? {
    let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head[3...] : head[...]
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    guard text.contains(where: { !isBlank($0) }) else {
      return ForeignContent(.empty, "the file is empty", at: (0, 0))
    }
    if text.starts(with: "version https://git-lfs.github.com/spec/v1".utf8) {
      return ForeignContent(
        .pointer, "this is a Git LFS pointer, not the data",
        "fetch the data with 'git lfs pull', or download the raw file")
    }
    let word = String(decoding: text.drop(while: isBlank).prefix(64), as: UTF8.self).lowercased()
    if ["<!doctype", "<html", "<head", "<body"].contains(where: word.hasPrefix) {
      return ForeignContent(
        .page, "this is an HTML page, not the data",
        "download the raw file rather than the page that shows it")
    }
    if word.hasPrefix("<") { return ForeignContent(.page, "this is XML, not the data") }
    for (magic, name) in packings where head.starts(with: magic) {
      return ForeignContent(
        .packed, "this is \(name) data, not text", "unpack it first; gzip is read directly")
    }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
      return ForeignContent(.binary, "this is text in UTF-16", "convert it to UTF-8 first")
    }
    if let index = text.firstIndex(of: 0) {
      let before = text[..<index]
      let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
      let column = index - (before.lastIndex(of: 0x0A) ?? text.startIndex - 1)
      return ForeignContent(
        .binary, "found a NUL byte: this is not text", at: (line, column))
    }
    return nil
  }

  /// The fault of reading such a file.
  package func diagnostic(file: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(file: file, line: line, column: column, message: message, hint: hint ?? self.hint)
  }
}
