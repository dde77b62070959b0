import TestSupport
import Testing

/// The package's habits, held by reading its own sources.
struct TidyTests {
  static let sources = SourceTree.swiftFiles(under: "Sources")
  static let tests = SourceTree.swiftFiles(under: "Tests")

  @Test func theTreeIsThere() {
    #expect(Self.sources.count > 10 && Self.tests.count > 5)
  }

  /// A file is read in one sitting.
  @Test func filesAreShort() {
    for file in Self.sources + Self.tests where file.lines.count > 400 {
      Issue.record("\(file.path) has \(file.lines.count) lines; at most 400 are meant")
    }
    let lengths = Self.sources.map(\.lines.count).sorted()
    #expect(lengths[lengths.count / 2] <= 170, "the median file is too long")
  }

  @Test func functionsAreShort() {
    for file in Self.sources {
      for (name, line, length) in file.functions where length > 110 {
        Issue.record("\(file.path):\(line): \(name) has \(length) lines; at most 110 are meant")
      }
    }
  }

  /// Words that make a result depend on the process, the machine or the day; and unfinished work.
  @Test func bannedWordsStayOut() {
    let everywhere = ["TO" + "DO", "FIX" + "ME", "X" + "XX:", "try" + "! "]
    let inLibraries = [
      "print(", "Date()", "ContinuousClock", "SuspendingClock", "DispatchTime", "arc4random",
      "SystemRandomNumberGenerator", "hashValue", "ProcessInfo", "Task {", "Task.detached",
      "shuffle()", "shuffled()", "randomElement()", "UUID()", "getenv(", "fatalError(\"\")",
    ]
    for file in Self.sources + Self.tests {
      for word in everywhere { file.expectNone(of: word) }
    }
    for file in Self.sources where !["CommandLine", "Commands"].contains(file.module) {
      for word in inLibraries {
        // What reads the user's environment for the CLI lives in one file.
        if file.path.hasSuffix("Tables/InputFolder.swift"), word == "getenv(" { continue }
        file.expectNone(of: word)
      }
      for (i, line) in file.code.enumerated()
      where line.contains(".random(") && !line.contains("using:") {
        Issue.record("\(file.path):\(i + 1): a random draw needs 'using:'")
      }
    }
  }

  /// Order of a dictionary or set differs in every process.
  @Test func modelsDoNotIterateDictionaries() {
    let modules = [
      "SimBasics", "EventEngine", "Hardware", "Device", "Scheduling", "Policies", "Simulation",
      "Metrics",
    ]
    for file in Self.sources where modules.contains(file.module) {
      for (i, line) in file.code.enumerated() {
        guard line.contains("for "), let range = line.firstRange(of: " in ") else { continue }
        let sequence = line[range.upperBound...].prefix { $0 != "{" }
        let isLookup = sequence.contains("..<") || line.contains("sorted")
        let overKeys = sequence.contains(".keys") || sequence.contains(".values")
        if overKeys, !isLookup {
          Issue.record("\(file.path):\(i + 1): iterates a dictionary")
        }
      }
    }
  }

  @Test func foundationStaysOutsideOfTheModel() {
    for file in Self.sources {
      // What touches the system: files, the terminal, threads.
      let mayUse =
        ["Tables", "CommandLine"].contains(file.module)
        || file.path.hasSuffix("/ParallelRuns.swift")
      for (i, line) in file.code.enumerated() {
        let words = line.split(separator: " ")
        guard words.first == "import", let module = words.dropFirst().first else { continue }
        if ["Foundation", "Dispatch", "XCTest"].contains(String(module)) {
          Issue.record("\(file.path):\(i + 1): imports \(module)")
        }
        if ["FoundationEssentials", "Glibc", "Musl", "Darwin"].contains(String(module)), !mayUse {
          Issue.record("\(file.path):\(i + 1): imports \(module) outside of Tables and CommandLine")
        }
      }
    }
  }

  /// Modules import only what the manifest's table lists, which is one-way.
  @Test func importsAreThoseOfTheManifest() throws {
    let table = try #require(SourceTree.manifestTable)
    #expect(table.count >= 10)
    let names = table.map(\.name)
    for (i, module) in table.enumerated() {
      for name in module.imports {
        #expect(names[..<i].contains(name), "\(module.name) imports \(name), which comes later")
      }
    }
    for file in Self.sources where file.module != "gpuloom" {
      guard let module = table.first(where: { $0.name == file.module }) else {
        Issue.record("\(file.path) belongs to no module of Package.swift")
        continue
      }
      for (line, name) in file.imports where names.contains(name) && !module.imports.contains(name)
      {
        Issue.record("\(file.path):\(line): \(module.name) may not import \(name)")
      }
    }
  }

  /// What a page or a comment sends its reader to is there.
  @Test func filesThatAreNamedAreThere() {
    let pages = ["Sources", "models", "traces", "Experiments"].flatMap {
      SourceTree.paths(under: $0, ending: ".md")
    }
    let known =
      ["README.md", "Package.swift"] + pages + (Self.sources + Self.tests).map(\.path)
    let read = (["README.md"] + pages).map { path in
      SourceTree.File(
        path: path, text: TemporaryFolder.text(of: SharedFiles.repositoryRoot + "/" + path))
    }
    #expect(pages.contains("Sources/Device/Device.docc/Design.md"))
    for file in read + Self.sources {
      for (line, name) in file.namedFiles
      where !known.contains(where: { $0 == name || $0.hasSuffix("/" + name) }) {
        Issue.record("\(file.path):\(line): there is no '\(name)'")
      }
    }
  }

  @Test func typesAndModulesAreExplained() {
    for file in Self.sources {
      for (i, line) in file.lines.enumerated() {
        let words = line.split(separator: " ")
        let isType = words.contains { ["struct", "enum", "class", "protocol"].contains($0) }
        let isShared = line.hasPrefix("public ") || line.hasPrefix("package ")
        guard isShared, isType, !words.contains("extension") else {
          continue
        }
        var before = i - 1
        while before >= 0, file.lines[before].hasPrefix("@") { before -= 1 }
        if before < 0 || !file.lines[before].hasPrefix("///") {
          Issue.record("\(file.path):\(i + 1): a type of other modules without a word about it")
        }
      }
    }
  }
}

/// The checks themselves: each finds what it is for.
struct TidySelfTests {
  @Test func functionLengthsAreCounted() {
    let body = (0..<20).map { "    let a\($0) = { \($0) }" }
    let text = (["struct A {", "  func long() -> Int {"] + body + ["  }", "}"]).joined(
      separator: "\n")
    let file = SourceTree.File(path: "A.swift", text: text)
    #expect(file.functions.map(\.2) == [22])
  }

  @Test func wordsInCommentsAndStringsDoNotCount() {
    let file = SourceTree.File(path: "A.swift", text: "let a = \"print(\" // print(\nprint(1)")
    #expect(file.lines(with: "print(") == [2])
  }

  @Test func namedFilesAreFound() {
    let text = "// see `A/B+C.swift`, `X.md`, `y.csv`\nlet a = 1 // N.md, `Z.md` and `NAME.md`"
    let named = SourceTree.File(path: "A.swift", text: text).namedFiles
    #expect(named.map(\.name) == ["A/B+C.swift", "X.md", "Z.md"])
    #expect(named.map(\.line) == [1, 1, 2])
  }

  @Test func theManifestsTableIsRead() {
    let text = "let m: [T] = [\n (\"A\", []),\n (\n  \"B\",\n  [\"A\", \"C\"]\n ),\n]\n// \"D\"\n"
    let table = SourceTree.modules(inManifest: text)
    #expect(table.map(\.name) == ["A", "B"] && table[1].imports == ["A", "C"])
  }
}

extension SourceTree.File {
  /// Swift files and pages that stand between backticks, with their lines; what stands for any name
  /// is none.
  fileprivate var namedFiles: [(line: Int, name: String)] {
    lines.enumerated().flatMap { index, line in
      line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map(\.element)
        .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".md") }
        .filter { !$0.contains(" ") && !$0.contains("NAME") && !$0.contains("…") }
        .map { (index + 1, String($0)) }
    }
  }

  /// Records every line that holds a word.
  fileprivate func expectNone(of word: String) {
    for line in lines(with: word) { Issue.record("\(path):\(line): '\(word)' is banned here") }
  }
}
