import TestSupport
import Testing

/// What tests import: what the manifest gives their target. Anything else is found by chance, where
/// other targets were built before, and missing in a build from nothing.
struct TestImportTests {
  @Test func testsImportWhatTheManifestGivesThem() throws {
    let manifest = TemporaryFolder.text(of: SharedFiles.repositoryRoot + "/Package.swift")
    let given = Self.given(inManifest: manifest)
    let modules = SourceTree.modules(inManifest: manifest).map(\.name)
    #expect(given["KernelDataTests"]?.contains("Device") == true)
    #expect(given["KernelDataTests"]?.contains("Traces") == false)
    #expect(given["WorkloadsTests"]?.contains("Traces") == true)
    #expect(given["StudiesTests"]?.contains("RunSupport") == true)
    let faults = Self.faults(
      SourceTree.swiftFiles(under: "Tests"), given, known: modules + ["TestSupport", "RunSupport"])
    for fault in faults { Issue.record("\(fault)") }
  }

  @Test func whatIsNotGivenIsFound() {
    let manifest = """
      let m: [T] = [
        ("A", []),
        ("B", ["A"]),
        ("C", []),
      ]
      let runModules = ["B"]
      let alsoInTests = ["A": ["C"]]
      """
    let given = Self.given(inManifest: manifest)
    #expect(given["ATests"] == ["A", "C", "TestSupport"])
    #expect(given["BTests"] == ["A", "B", "TestSupport", "Policies", "RunSupport"])
    let files = [
      SourceTree.File(path: "Tests/ATests/X.swift", text: "import A\n@testable import B\n"),
      SourceTree.File(path: "Tests/BTests/Y.swift", text: "import enum C.D\nimport Testing\n"),
      SourceTree.File(path: "Tests/EndToEndTests/Z.swift", text: "import C\n"),
    ]
    let faults = Self.faults(files, given, known: ["A", "B", "C"])
    #expect(
      faults == [
        "Tests/ATests/X.swift:2: ATests may not import B",
        "Tests/BTests/Y.swift:1: BTests may not import C",
      ])
  }

  /// By test target: its module, what that imports, and what the manifest adds.
  ///
  /// Targets that are no module's tests are not in it: those name what they need, or have it all.
  static func given(inManifest text: String) -> [String: Set<String>] {
    let lines = text.split(separator: "\n")
    func quoted(_ start: String) -> [[String]] {
      guard let line = lines.first(where: { $0.hasPrefix(start) }) else { return [] }
      return line.split(separator: "]").map { part in
        part.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
          .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      }
    }
    let running = quoted("let runModules").first ?? []
    var given: [String: Set<String>] = [:]
    for module in SourceTree.modules(inManifest: text) {
      let more = quoted("let alsoInTests").first { $0.first == module.name }?.dropFirst() ?? []
      given[module.name + "Tests"] = Set(module.imports + [module.name, "TestSupport"] + more)
        .union(running.contains(module.name) ? ["Policies", "RunSupport"] : [])
    }
    return given
  }

  static func faults(
    _ files: [SourceTree.File], _ given: [String: Set<String>], known: [String]
  ) -> [String] {
    files.flatMap { file in
      guard let allowed = given[file.module] else { return [String]() }
      return file.imports.filter { known.contains($0.name) && !allowed.contains($0.name) }
        .map { "\(file.path):\($0.line): \(file.module) may not import \($0.name)" }
    }
  }
}
