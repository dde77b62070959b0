import TestSupport
import Testing

/// The house as a whole: what fits in the hand, and where a newcomer finds things.
struct HouseTests {
  static let sources = SourceTree.swiftFiles(under: "Sources")

  /// A folder is taken in at a glance.
  @Test func foldersAreSmall() {
    var counts: [String: Int] = [:]
    for file in Self.sources {
      let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
      counts[folder, default: 0] += 1
    }
    for (folder, count) in counts.sorted(by: { $0.key < $1.key }) where count > 25 {
      Issue.record("\(folder) has \(count) files; at most 25 are meant")
    }
  }

  /// A value is parts with names, not a heap of fields.
  @Test func structsHaveFewFields() {
    for file in Self.sources {
      for (name, line, count) in file.storedProperties where count > 20 {
        Issue.record("\(file.path):\(line): \(name) has \(count) stored properties; 20 at most")
      }
    }
  }

  /// No two files of a module need each other, directly or around.
  @Test func filesDoNotNameEachOtherInACircle() {
    for circle in Self.circles(Self.sources) {
      Issue.record("these files name each other: \(circle.joined(separator: ", "))")
    }
  }

  /// The ten questions of CONTRIBUTING.md: each answer is a file whose text has the thing.
  @Test(arguments: [
    ("Sources/Metrics/Quantile.swift", "quantile"),
    ("Sources/Device/Device+Placement.swift", "func place"),
    ("Sources/Device/Device+Levels.swift", "level"),
    ("Sources/Hardware/Occupancy.swift", "struct Occupancy"),
    ("Sources/Commands/Compare/ExperimentFlags.swift", "\"--seed\""),
    ("Sources/Studies/Experiments/Reading/ExperimentReader.swift", "struct ExperimentReader"),
    ("Sources/Traces/Import/TraceDetection.swift", "func find(among"),
    ("Sources/Simulation/SharedRun+Decisions.swift", "func apply("),
    ("Sources/Reports/SVGFigure.swift", "extension SVGFigure"),
    ("Sources/CommandLine/Command.swift", "enum ExitStatus"),
  ])
  func answersAreWhereTheyAreSaidToBe(path: String, thing: String) {
    let root = SharedFiles.repositoryRoot + "/"
    #expect(TemporaryFolder.text(of: root + path).contains(thing))
    #expect(TemporaryFolder.text(of: root + "CONTRIBUTING.md").contains("`\(path)`"))
  }

  @Test func theReadmeIsShort() {
    let text = TemporaryFolder.text(of: SharedFiles.repositoryRoot + "/README.md")
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
  }

  @Test func circlesAndFieldsAreFound() {
    let files = [
      SourceTree.File(path: "Sources/M/A.swift", text: "struct A {\n  var b: B?\n  var n = 1\n}\n"),
      SourceTree.File(path: "Sources/M/B.swift", text: "class B {\n  let c = C.x\n}\n"),
      SourceTree.File(path: "Sources/M/C.swift", text: "enum C {\n  static let x = [A]()\n}\n"),
      SourceTree.File(path: "Sources/N/D.swift", text: "struct D {\n  var a: A { 1 }\n}\n"),
    ]
    #expect(Self.circles(files) == [files[0...2].map(\.path)])
    #expect(files.map { $0.storedProperties.map(\.count) } == [[2], [1], [], []])
  }

  /// Groups of files that reach each other by the types they name, within a module.
  static func circles(_ files: [SourceTree.File]) -> [[String]] {
    var owners: [String: [Int]] = [:]
    for (i, file) in files.enumerated() {
      for name in file.declaredTypes { owners["\(file.module).\(name)", default: []].append(i) }
    }
    let uses = files.indices.map { i in
      Set(
        files[i].words.compactMap { word -> Int? in
          let owner = owners["\(files[i].module).\(word)"] ?? []
          return owner.count == 1 && owner[0] != i ? owner[0] : nil
        })
    }
    var reached: [Set<Int>] = []
    for start in files.indices {
      var (seen, next) = (Set<Int>(), [start])
      while let at = next.popLast() {
        for other in uses[at] where seen.insert(other).inserted { next.append(other) }
      }
      reached.append(seen)
    }
    var found: [[String]] = []
    for i in files.indices where reached[i].contains(i) {
      let group = files.indices.filter { reached[i].contains($0) && reached[$0].contains(i) }
      if group.first == i { found.append(group.map { files[$0].path }) }
    }
    return found
  }
}

extension SourceTree.File {
  /// The types and free functions declared at the outermost level.
  var declaredTypes: [String] {
    code.compactMap { line in
      guard line.first?.isLetter == true || line.first == "@" else { return nil }
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      let kinds = ["struct", "enum", "class", "protocol", "typealias", "func"]
      guard let at = words.firstIndex(where: { kinds.contains($0) }), at + 1 < words.count,
        !words[..<at].contains("private"), !words[..<at].contains("extension")
      else { return nil }
      return words[at + 1]
    }
  }

  /// Every word of the code.
  var words: Set<String> {
    var found: Set<String> = []
    for line in code {
      for word in line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") })
      where word.first?.isUppercase == true { found.insert(String(word)) }
    }
    return found
  }

  /// For each struct and class: its name, its line and how many stored properties it has.
  var storedProperties: [(name: String, line: Int, count: Int)] {
    var found: [(name: String, line: Int, count: Int)] = []
    for (i, line) in code.enumerated() {
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      guard let at = words.firstIndex(where: { $0 == "struct" || $0 == "class" }),
        at + 1 < words.count, !words.contains("func"), !words.contains("static")
      else { continue }
      let indent = String(line.prefix { $0 == " " })
      let end = code[(i + 1)...].firstIndex { $0.hasPrefix(indent + "}") } ?? i
      let fields = code[i..<max(i, end)].filter { inner in
        guard inner.hasPrefix(indent + "  "), !inner.hasPrefix(indent + "   ") else { return false }
        let parts = inner.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "(") }
        guard let kind = parts.firstIndex(where: { $0 == "var" || $0 == "let" }), kind < 4 else {
          return false
        }
        let isComputed = inner.contains(" { ") || (inner.hasSuffix("{") && !inner.contains("="))
        return !parts[..<kind].contains("static") && !isComputed
      }.count
      if fields > 0 { found.append((words[at + 1], i + 1, fields)) }
    }
    return found
  }
}
