import TestSupport
import Testing

/// What README shows is what the tool prints.
struct ReadmeTests {
  @Test("the first table of README is that of 'gpuloom compare'")
  func firstTable() throws {
    let root = SharedFiles.repositoryRoot
    let readme = TemporaryFolder.text(of: root + "/README.md")
    let parts = readme.split(separator: "```\n", maxSplits: 2)
    try #require(parts.count == 3)
    let run = CommandLineRun(["compare"], in: root)
    #expect(run.status == 0)
    #expect(run.output.hasPrefix(parts[1] + "\n"), "\(run.output.prefix(parts[1].count + 100))")
  }
}
