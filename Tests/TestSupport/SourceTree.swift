import Tables

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The repository's own Swift sources, for tests that hold its habits.
public enum SourceTree {
  /// A source file.
  public struct File: Sendable {
    /// The path from the repository's root.
    public let path: String
    /// The lines as written.
    public let lines: [String]
    /// The lines without comments and without what stands between quotes.
    public let code: [String]
    /// The code's bytes and a final 0, to look a word up quickly before looking for its lines.
    private let body: [UInt8]

    /// Splits a text.
    public init(path: String, text: String) {
      self.path = path
      lines = Self.lines(of: Array(text.utf8))
      let bare = Self.withoutWords(Array(text.utf8))
      code = Self.lines(of: bare)
      body = bare + [0]
    }

    /// The module: the folder below `Sources` or `Tests`.
    public var module: String {
      let parts = path.split(separator: "/")
      return parts.count > 2 ? String(parts[1]) : ""
    }

    /// The modules it imports, whole or in part, with their lines.
    public var imports: [(line: Int, name: String)] {
      code.enumerated().compactMap { index, line in
        let words = line.split(separator: " ").map(String.init)
        guard let at = words.firstIndex(of: "import"), at <= 1, at + 1 < words.count else {
          return nil
        }
        let kinds = ["class", "enum", "func", "let", "protocol", "struct", "typealias", "var"]
        let name = kinds.contains(words[at + 1]) ? words[words.count - 1] : words[at + 1]
        return (index + 1, String(name.prefix { $0 != "." }))
      }
    }

    /// The functions' names, first lines and lengths, by their indentation.
    public var functions: [(String, Int, Int)] {
      var found: [(String, Int, Int)] = []
      for (i, line) in code.enumerated() {
        let indent = line.prefix { $0 == " " }
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(where: { $0 == "func" || $0.hasPrefix("init(") }), at < 5
        else { continue }
        let close = indent + "}"
        guard let end = code[i...].firstIndex(where: { $0 == close || $0.hasPrefix(close + " ") })
        else { continue }
        let name = words[at] == "func" && at + 1 < words.count ? words[at + 1] : words[at]
        found.append((String(name), i + 1, end - i + 1))
      }
      return found
    }

    /// The lines, from 1, whose code holds a word.
    public func lines(with word: String) -> [Int] {
      guard mayHold(word) else { return [] }
      return code.indices.filter { index in
        guard let range = code[index].firstRange(of: word) else { return false }
        // "print(" is meant, not "fingerprint(" or "context.print(".
        let before = code[index][..<range.lowerBound].last
        return !(before.map { $0.isLetter || $0 == "." || $0 == "_" } ?? false)
      }.map { $0 + 1 }
    }

    /// Whether the code holds the word anywhere; the C library's search, as tests run unoptimized.
    private func mayHold(_ word: String) -> Bool {
      body.withUnsafeBytes { bytes in
        guard let text = bytes.bindMemory(to: CChar.self).baseAddress else { return false }
        return strstr(text, word) != nil
      }
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
      bytes.withUnsafeBufferPointer { bytes in
        var lines: [String] = []
        var start = 0
        while let base = bytes.baseAddress, start < bytes.count {
          let next = memchr(base + start, 10, bytes.count - start)
          let end = next.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? bytes.count
          lines.append(
            String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self))
          start = end + 1
        }
        return lines
      }
    }

    /// The text without comments to the line's end and without what stands between quotes.
    private static func withoutWords(_ bytes: [UInt8]) -> [UInt8] {
      var result: [UInt8] = []
      result.reserveCapacity(bytes.count)
      bytes.withUnsafeBufferPointer { bytes in
        var isQuoted = false
        var isComment = false
        var previous: UInt8 = 0
        for byte in bytes {
          if byte == 10 { (isQuoted, isComment) = (false, false) }
          if byte == 0x22, previous != 0x5C, !isComment { isQuoted.toggle() }
          if byte == 0x2F, previous == 0x2F, !isQuoted, !isComment {
            isComment = true
            result.removeLast()
          }
          if !isQuoted, !isComment { result.append(byte) }
          previous = byte
        }
      }
      return result
    }
  }

  /// A module and what it may import.
  public struct Module: Sendable {
    /// The module's name.
    public var name: String
    /// The modules it may import.
    public var imports: [String]
  }

  /// Every Swift file under a folder of the repository, sorted by path.
  public static func swiftFiles(under folder: String) -> [File] {
    paths(under: folder, ending: ".swift").map { path in
      File(path: path, text: TemporaryFolder.text(of: SharedFiles.repositoryRoot + "/" + path))
    }
  }

  /// The paths, from the repository's root and sorted, of a folder's files with an ending.
  public static func paths(under folder: String, ending: String) -> [String] {
    var found: [String] = []
    var folders = [folder]
    while let next = folders.popLast() {
      for name in InputFolder.names(at: SharedFiles.repositoryRoot + "/" + next) {
        if name.hasPrefix(".") { continue }
        let path = next + "/" + name
        if name.hasSuffix(ending) {
          found.append(path)
        } else if !name.contains(".") || name.hasSuffix(".docc") {
          folders.append(path)
        }
      }
    }
    return found.sorted()
  }

  /// The modules of Package.swift; nil where it cannot be read.
  public static var manifestTable: [Module]? {
    (try? InputFile.text(at: SharedFiles.repositoryRoot + "/Package.swift"))
      .map { modules(inManifest: $0) }
  }

  /// The rows `("Name", ["Import", …]),` of a manifest, each on as many lines as it takes.
  public static func modules(inManifest text: String) -> [Module] {
    let table = text.split(separator: "\n]", maxSplits: 1)[0].split(separator: "[\n", maxSplits: 1)
    guard let rows = table.last, table.count == 2 else { return [] }
    return rows.split(separator: "(").compactMap { row in
      let words = row.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter {
        $0.offset % 2 == 1
      }
      .map { String($0.element) }
      return words.first.map { Module(name: $0, imports: Array(words.dropFirst())) }
    }
  }
}
