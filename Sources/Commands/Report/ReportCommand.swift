import CommandLine
import Reports
import Scheduling
import Studies
import Tables

/// `gpuloom report`: one page about a folder of results.
enum ReportCommand: Command {
  static let name = "report"
  private static let pageName = "report.html"
  static let summary = "makes one HTML page of the results in a folder"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "DIR", formats: ["html"], outputPlace: .folderOrFile(ending: ".html"),
      notes: [
        "DIR is what '--out' named: of 'compare' (summary.csv, manifest.json, with '--requests'\n"
          + "requests.csv and with '--series' series.csv) or of a study (study.csv). The page needs no network and no script; with\n"
          + "one, tables are sorted and policies hidden. It follows the reader's light or dark ground\n"
          + "and prints.",
        "The page is DIR/report.html; with --out it is that file, where its name ends in '.html', or\n"
          + "report.html of that folder.",
      ],
      examples: [
        ("gpuloom report results", "results/report.html"),
        ("gpuloom report results --out page.html", "another place"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let path = arguments.positional("DIR, a folder of results")
    try arguments.finish()
    let folder = try ResultFolder(path)
    // The results' own folder is where the page goes where nothing is said.
    if context.outputFolder == nil { try OutputFolder(path).check([pageName]) }
    context.report(folder.remarks)
    let report = ResultReport(folder) { name in
      name != CompareText.reference
        && !RegisteredPolicies.all.bounds.contains { $0.descriptor.name == name }
    }
    let page = report.page
    let place = try write(page, context.outputFolder ?? path)
    context.note("\(place): \((page.utf8.count + 1023) / 1024) KiB")
    return .done
  }

  /// Writes the page where `--out` says, whole or not at all; where it is.
  private static func write(_ page: String, _ out: String) throws -> String {
    guard out.hasSuffix(".html") else {
      let folder = try OutputFolder(out)
      try folder.write(pageName, page)
      try folder.commit()
      return folder.file(pageName)
    }
    try OutputFile.write(page, to: out)
    return out
  }
}
